import { join } from "node:path";
import type { Progress } from "../../../provider/progress";
import { type Place, paths } from "../place";
import { readIfThere, writeOwned } from "./files";
import { run } from "./run";
import { localTools } from "./tools";

/**
 * Takes a full backup of the stopped primary into the daily repository, and leaves beside it what a restore needs
 * once the cluster's own folder is gone.
 * @throws when it fails: then the data is not deleted.
 */
export async function finalBackup(place: Place, primary: string, progress: Progress): Promise<void> {
  const config = await readIfThere(paths(place.folder).pgbackrestConfig);
  if (config === undefined) {
    progress.note("no final backup: the cluster never had a backup repository");
    return;
  }
  const tools = await localTools();
  const data = paths(place.folder).member(primary).data;
  progress.step("taking the final backup");
  // Only the primary's data: with all members named, a stopped cluster does not tell which one it is.
  const globals = config.slice(0, config.indexOf(`[${place.name}]`));
  const own = join(place.backupFolder, "restore.conf");
  await writeOwned(own, `${globals}[${place.name}]\npg1-path=${data}\n`);
  const command = [`--config=${own}`, `--stanza=${place.name}`, "--repo=1", "--type=full", "--no-online", "backup"];
  await run(tools.pgbackrest, command, { timeout: 3_600_000 }).catch((error: Error) => {
    throw new Error(
      `the final backup failed, so the data was not deleted. Mend the cause and destroy again; or, to do without it, set license-db:backups.finalBackup to false, run up, and destroy. ${error.message}`,
    );
  });
  const restore = `${tools.pgbackrest} --config=${own} --stanza=${place.name} --pg1-path=EMPTY_FOLDER --log-path=/tmp --lock-path=/tmp restore`;
  await writeOwned(
    join(place.backupFolder, "RESTORE.txt"),
    `The last backups of the cluster ${place.name}. restore.conf holds the key that decrypts them: keep both together.\nTo restore the newest, as the user this folder belongs to, into an empty folder of mode 0700 that belongs to the same user:\n  ${restore}\n`,
  );
  progress.note(`final backup taken; ${place.backupFolder} keeps it, with RESTORE.txt beside it`);
}
