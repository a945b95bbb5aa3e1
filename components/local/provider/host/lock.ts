import { dirname, join } from "node:path";
import { withLock } from "../../tools/lock";
import { isThere, makeFolder } from "./files";

/** One at a time on this machine: two stacks that come up together must not choose the same ports. */
export async function withMachineLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const parent = dirname(folder);
  // A parent that is there (/srv, /tmp) is somebody else's: its owner and mode stay as they are.
  if (!(await isThere(parent))) await makeFolder(parent, 0o755);
  return withLock(join(parent, ".ports.lock"), () => {}, work);
}
