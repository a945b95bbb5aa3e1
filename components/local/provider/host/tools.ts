import { ensureLocalTools, LineReporter, type LocalTools } from "../../tools";

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
