import { join } from "node:path";
import { CommandError, run } from "../../components/local/provider/host/run";
import { postgresBin } from "../../components/local/provider/host/tools";
import type { Place } from "../../components/local/provider/place";
import type { PostgresMajor } from "../../components/local/tools";
import { pgbackrest } from "../backup/pgbackrest";
import { EXIT, OperationError } from "../cli/exit";
import type { Candidate } from "./checks";
import { describeTarget, type Target, targetOptions } from "./target";

export interface Recovery {
  readonly place: Place;
  readonly target: Target;
  readonly exclusive: boolean;
  /** Which history to follow where the database went back before: a number, or "current" for that of the backup. */
  readonly timeline?: string;
  readonly data: string;
  /** More of pgBackRest's options. */
  readonly options: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/**
 * Restores the files from the best backup, and lets `start` recover them to the target; an older backup where that one is
 * younger than the target, which only it can tell.
 *
 * @returns the label of the backup.
 */
export async function recover(
  recovery: Recovery,
  candidates: readonly Candidate[],
  start: (version: PostgresMajor) => Promise<void>,
): Promise<string> {
  const { place, target, exclusive, timeline, data, options, signal, progress } = recovery;
  for (const [index, { repository, backup }] of candidates.entries()) {
    const last = index === candidates.length - 1;
    progress(`restoring ${backup.label}`);
    // An archive has only the WAL that makes it consistent.
    const until = repository === 2 ? ["--type=immediate", "--target-action=promote"] : targetOptions(target, exclusive);
    const history = timeline === undefined ? [] : [`--target-timeline=${timeline}`];
    const where = [`--repo=${repository}`, `--set=${backup.label}`, `--pg1-path=${data}`];
    const quiet = "--log-level-console=error";
    await pgbackrest(place, [...where, ...until, ...history, ...options, "--delta", quiet, "restore"], {
      signal,
    }).catch((error) => {
      signal.throwIfAborted();
      throw error instanceof CommandError
        ? new OperationError(EXIT.failed, `pgBackRest did not restore it: ${error.output.trim()}`)
        : error;
    });
    const version = backup.version as PostgresMajor;
    if (target.type === "xid" && !last && (await nextXid(version, data)) > target.xid) continue;
    progress(`recovering to ${describeTarget(target, exclusive)}`);
    try {
      await start(version);
      return backup.label;
    } catch (error) {
      signal.throwIfAborted();
      const missed = /recovery ended before configured recovery target was reached/.test(String(error));
      if (!missed) throw error;
      // A restore point may be older than the backup; a transaction may be, where ids have wrapped around.
      if (!last && target.type !== "time") continue;
      throw new OperationError(
        EXIT.usage,
        `The WAL since backup ${backup.label} does not reach ${describeTarget(target, exclusive)}: ${hint(target)}`,
      );
    }
  }
  throw new OperationError(EXIT.failed, "There was no backup to begin with.");
}

const hint = (target: Target): string =>
  target.type === "time"
    ? "nothing was committed after it in the history that was followed. Say --to latest, or another --timeline (npx license-db backup list tells what there is)."
    : "it is older than the oldest backup, was rolled back or never was, or is of another history (--timeline).";

/** The next transaction's id when the backup was taken, from its own control file. */
async function nextXid(version: PostgresMajor, data: string): Promise<bigint> {
  const control = await run(join(await postgresBin(version), "pg_controldata"), [data]);
  const [, epoch = "0", xid = "0"] = /NextXID:\s+(\d+):(\d+)/.exec(control) ?? [];
  return (BigInt(epoch) << 32n) + BigInt(xid);
}
