import { removeFolder } from "../../components/local/provider/host/files";
import { EXIT, OperationError } from "../cli/exit";
import { localPlace } from "../cli/local";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import { keptData, readJournal, removeJournal } from "./journal";

/** Ends the way back: removes the data of before the upgrade. */
export async function finish(context: Context<{ dryRun?: boolean }>): Promise<Result> {
  const { stack, options } = context;
  const place = await localPlace(stack);
  const journal = await readJournal(place);
  if (journal?.phase !== "done") {
    throw new OperationError(
      EXIT.usage,
      journal === undefined
        ? `Stack ${stack.name} keeps no old data: no upgrade was run, or it is finished.`
        : `The upgrade of stack ${stack.name} has not come to its end: npx license-db upgrade run --to ${journal.to}.`,
    );
  }
  const kept = keptData(place, journal.keeper, journal.from);
  if (options.dryRun) return { data: { removes: kept }, text: `Would remove ${kept}.` };
  await context.confirm([
    `remove the data of PostgreSQL ${journal.from} (${kept}): upgrade rollback is possible no longer`,
    "its backups stay until they expire",
  ]);
  await removeFolder(kept);
  await removeJournal(place);
  return { data: { removed: kept }, text: `${kept} is gone: the upgrade to PostgreSQL ${journal.to} is finished.` };
}
