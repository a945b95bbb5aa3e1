/**
 * The function that dumps the database into the archive's bucket from inside the VPC. It runs in Function Compute
 * (package.ts makes its code) once a month, and before `destroy` deletes the database.
 */
import { archive, leaveWhy, outcome } from "./archive";
import { fromEnvironment, wishOf } from "./asked";
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
  const store = new Store(asked, credentials);
  const wish = wishOf(event);
  if ("outcomeOf" in wish) return JSON.stringify(await outcome(asked, store, wish.outcomeOf));
  try {
    const receipt = JSON.stringify(await archive(asked, store, wish, new Date()));
    console.info(receipt);
    return receipt;
  } catch (error) {
    // Nothing but the words: errors of clients carry requests with them.
    const { message, code } = error as { message?: string; code?: string };
    const why = `Archiving ${asked.database} of ${asked.host} failed. ${message}${code ? ` (${code})` : ""}`;
    await leaveWhy(asked, store, wish, why).catch(() => {}); // it may be the bucket that fails
    throw new Error(why);
  }
}
