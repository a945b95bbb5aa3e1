/**
 * The function that sets the application's database up from inside the VPC. It runs in Function Compute (bundle.ts makes
 * one file of it) when the stack is made and every few minutes from then on: what somebody undid is done again.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromEnvironment } from "./asked";
import { ensureDatabase } from "./database";

type Callback = (error: Error | null, answer?: string) => void;

/** What TLS says of a server whose issuer it was not told of. */
const unverified = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_)/;

export function handler(_event: unknown, _context: unknown, callback: Callback): void {
  setUp().then((answer) => callback(null, answer), callback);
}

/** @throws Error in words, without a secret: Function Compute logs it. */
async function setUp(): Promise<string> {
  const asked = fromEnvironment(process.env);
  const ca = readFileSync(join(__dirname, "ca.pem"), "utf8");
  try {
    const done = await ensureDatabase(asked, ca);
    if (done.length > 0) console.info(JSON.stringify({ done }));
    return JSON.stringify({ done });
  } catch (error) {
    // Nothing but the words: errors of clients carry queries with them.
    const { message, code } = error as { message?: string; code?: string };
    const hint = unverified.test(code ?? "")
      ? " Its certificate is not vouched for: see license-db:alicloud.caFile."
      : "";
    throw new Error(
      `Setting up ${asked.database} for ${asked.username} on ${asked.host} failed. ${message}${code ? ` (${code})` : ""}.${hint}`,
    );
  }
}
