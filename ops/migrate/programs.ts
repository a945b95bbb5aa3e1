import { spawn } from "node:child_process";
import { ensurePostgres, POSTGRES_MAJORS, type PostgresMajor, type Reporter } from "../../components/local/tools";
import { EXIT, OperationError } from "../cli/exit";
import { type Conninfo, environment } from "./conninfo";

/** The folder of pg_dump, pg_restore and psql that read a server of this version. Throws `OperationError`. */
export async function programsFor(versionNumber: number, report: Reporter): Promise<string> {
  const major = String(Math.max(15, Math.floor(versionNumber / 10_000)));
  if (!isKnown(major)) {
    throw new OperationError(
      EXIT.usage,
      `PostgreSQL ${major} is newer than what can be read: ${POSTGRES_MAJORS.join(", ")}.`,
    );
  }
  return ensurePostgres(major, report);
}

const isKnown = (major: string): major is PostgresMajor => (POSTGRES_MAJORS as readonly string[]).includes(major);

export interface Ran {
  readonly code: number;
  readonly printed: string;
  readonly said: string;
}

/** Runs one of them against a server; how it ended is for the caller to judge. */
export function program(
  file: string,
  args: readonly string[],
  server: Conninfo | undefined,
  signal: AbortSignal,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: { ...process.env, PGAPPNAME: "license-db migrate", PGCONNECT_TIMEOUT: "10", ...environment(server ?? {}) },
      stdio: ["ignore", "pipe", "pipe"],
      signal,
    });
    let printed = "";
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? -1, printed, said }));
  });
}

/** Throws what it said where it did not end well. */
export async function succeeded(name: string, running: Promise<Ran>): Promise<string> {
  const { code, printed, said } = await running;
  if (code !== 0) throw new OperationError(EXIT.failed, `${name} failed:\n${said.trim().slice(-2_000)}`);
  return printed;
}
