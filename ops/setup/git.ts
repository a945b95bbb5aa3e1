import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { onPath, run } from "../../components/local/tools/command";

/** Named in .gitattributes. */
const FILTER = "filter.pulumi-salt.clean";
const COMMAND = "sed -e /^encryptionsalt:/d";

/**
 * Has this clone's git leave the salt line out when it compares and commits a stack's file, in which the line has just
 * been written. Returns why it could not, if so: then only `git status` is less tidy.
 */
export async function hideSalt(root: string, file: string): Promise<string | undefined> {
  const git = onPath("git")[0];
  if (git === undefined || !existsSync(join(root, ".git"))) {
    return undefined;
  }
  const ask = async (...args: string[]) => (await run([git, "-C", root, ...args])).trim();
  const name = relative(root, file);
  try {
    await ask("config", "--local", FILTER, COMMAND);
    const tracked = (await ask("ls-files", "--stage", "--", name)).split(/\s/)[1];
    // Git takes another size for a change without asking the filter, until the size is in its index. Adding the file
    // writes that and nothing else, as its content is, filtered, the same.
    if (tracked !== undefined && tracked === (await ask("hash-object", `--path=${name}`, name))) {
      await ask("add", "--", name);
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
