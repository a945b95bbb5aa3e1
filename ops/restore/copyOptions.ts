import { localTools } from "../../components/local/provider/host/tools";
import { type Place, paths } from "../../components/local/provider/place";
import { dataOf, tablespacesOf } from "./scratch";

/**
 * pgBackRest's options for a copy beside the running cluster.
 *
 * It fetches WAL one segment at a time, and not in advance as the cluster's configuration says: fetching in advance wants
 * the lock under which the cluster archives, fails while that is held, and PostgreSQL takes a segment that it does not get for
 * the end of all WAL. The copy would then lack what was committed last, without a word.
 */
export async function copyOptions(place: Place, folder: string, data = dataOf(folder)): Promise<string[]> {
  const { pgbackrest } = await localTools();
  const at = [`--config=${paths(place.folder).pgbackrestConfig}`, `--stanza=${place.name}`, `--pg1-path=${data}`];
  const fetch = [pgbackrest, ...at, "--no-archive-async", "archive-get", "%f", '"%p"'].join(" ");
  return [
    `--tablespace-map-all=${tablespacesOf(folder)}`,
    "--archive-mode=off",
    `--recovery-option=restore_command=${fetch}`,
  ];
}
