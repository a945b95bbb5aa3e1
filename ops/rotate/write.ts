import { stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { refused } from "../cli/exit";

/** Before anything is begun: whether it can be written. */
export async function checkFile(option: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const folder = await stat(dirname(path)).catch(() => undefined);
  const present = await stat(path).catch(() => undefined);
  if (isAbsolute(path) && folder?.isDirectory() && (present === undefined || present.isFile())) return;
  throw refused([`${option} is ${path}: it is the absolute path of a file in a folder that is there.`]);
}
