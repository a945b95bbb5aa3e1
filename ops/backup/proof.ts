import { join } from "node:path";
import { CommandError, run } from "../../components/local/provider/host/run";
import { localTools } from "../../components/local/provider/host/tools";
import { type Place, paths } from "../../components/local/provider/place";
import { EXIT, OperationError } from "../cli/exit";

/** What components/local/daemons/proof.py found; seconds, bytes, and times in seconds since the epoch. */
export interface Proof {
  readonly proven: boolean;
  readonly backup: string | null;
  readonly repository: number;
  readonly version: string | null;
  readonly bytes: number | null;
  readonly backedUpAt: number | null;
  readonly seconds: {
    readonly restore?: number;
    readonly start?: number;
    readonly read?: number;
    readonly all?: number;
  };
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly indexes: number }[];
  readonly problems: readonly string[];
}

export interface ProofOptions {
  readonly repository: number;
  /** The newest when absent. */
  readonly label?: string;
  /** Replay all WAL there is, too. */
  readonly latest: boolean;
  readonly signal: AbortSignal;
  readonly progress: (step: string) => void;
}

/** Restores a backup beside the cluster and reads all of it: the same that the schedule does with each archive. */
export async function prove(place: Place, options: ProofOptions): Promise<Proof> {
  const tools = await localTools();
  const at = paths(place.folder);
  const args = [
    ...["-u", join(at.daemons, "proof.py"), at.schedulerConfig, `--repo=${options.repository}`],
    ...(options.label === undefined ? [] : [`--set=${options.label}`]),
    ...(options.latest ? ["--latest"] : []),
  ];
  let last: Partial<Proof> & { step?: string } = {};
  const onLine = (line: string) => {
    last = JSON.parse(line) as typeof last;
    if (last.step !== undefined) options.progress(last.step);
  };
  try {
    await run(tools.python, args, { timeout: 7 * 86_400_000, onLine, signal: options.signal });
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof CommandError)) throw error;
    if (error.code === 75) {
      throw new OperationError(EXIT.locked, "Another backup of this cluster is being verified: wait for its end.");
    }
    if (error.code !== 1 || last.proven === undefined) throw error;
  }
  return last as Proof;
}
