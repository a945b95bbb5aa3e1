/**
 * The function that dumps the database into the archive's bucket from inside the VPC. It runs in Function Compute
 * (package.ts makes its code) once a month, and when a person invokes it before the database is deleted.
 */
import { archive } from "./archive";
import { fromEnvironment, kindOf } from "./asked";
import { type Credentials, Store } from "./store";

interface Context {
  readonly credentials: Credentials;
}
type Callback = (error: Error | null, answer?: string) => void;

export function handler(event: Buffer, { credentials }: Context, callback: Callback): void {
  run(String(event), credentials).then((answer) => callback(null, answer), callback);
}

/** @throws Error in words, without a secret: Function Compute logs it and counts it as a failure. */
async function run(event: string, credentials: Credentials): Promise<string> {
  const asked = fromEnvironment(process.env);
  try {
    const receipt = JSON.stringify(await archive(asked, new Store(asked, credentials), kindOf(event), new Date()));
    console.info(receipt);
    return receipt;
  } catch (error) {
    // Nothing but the words: errors of clients carry requests with them.
    const { message, code } = error as { message?: string; code?: string };
    throw new Error(`Archiving ${asked.database} of ${asked.host} failed. ${message}${code ? ` (${code})` : ""}`);
  }
}
