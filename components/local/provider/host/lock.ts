import { dirname, join } from "node:path";
import { withLock } from "../../tools/lock";
import { makeFolder } from "./files";

/** One at a time on this machine: two stacks that come up together must not choose the same ports. */
export async function withMachineLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(dirname(folder), 0o755);
  return withLock(join(dirname(folder), ".ports.lock"), () => {}, work);
}
