import { ensureLocalTools, ensurePostgres, LineReporter, type LocalTools, type PostgresMajor } from "../../tools";

let found: Promise<LocalTools> | undefined;

/** The servers' programs, found or fetched once for the life of this provider. */
export function localTools(report: (message: string) => void = () => {}): Promise<LocalTools> {
  const ensured = found ?? ensureLocalTools(new LineReporter(report));
  found = ensured;
  // What could not be had this time may be had the next: a network that was down is up again.
  ensured.catch(() => {
    found = undefined;
  });
  return ensured;
}

const programs = new Map<PostgresMajor, Promise<string>>();

/** The folder of PostgreSQL's programs of one major version, found or fetched once. */
export function postgresBin(major: PostgresMajor, report: (message: string) => void = () => {}): Promise<string> {
  const ensured = programs.get(major) ?? ensurePostgres(major, new LineReporter(report));
  programs.set(major, ensured);
  ensured.catch(() => programs.delete(major));
  return ensured;
}
