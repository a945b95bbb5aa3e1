import { EXIT, OperationError, refused } from "../cli/exit";
import { type LocalCluster, localCluster } from "../cli/local";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import { requireVendor } from "../cli/stack";
import { type Backup, leadsHere, size } from "./info";
import { archiveNow, info, rangeOf } from "./pgbackrest";
import { type Proof, prove } from "./proof";

interface Options {
  readonly archive: boolean;
  readonly backup?: string;
}

export async function verify({ stack, options, report, signal }: Context<Options>): Promise<Result> {
  requireVendor(
    stack,
    ["local"],
    "There, restore beside (npx license-db restore --to latest --beside NAME) and look into the copy; AWS Backup's restore testing plans do it on a schedule (docs/operations.md).",
  );
  const cluster = await localCluster(stack);
  const { repositories } = await info(cluster.place);
  const repository = chosen(repositories, options);
  // The newest with all WAL since is what a restore after a loss would be.
  const latest = options.backup === undefined && !options.archive;
  const newest = latest ? await newestHere(cluster) : undefined;
  const label = options.backup ?? newest;
  const [proof] = await report.all([
    {
      title: "verifying a backup",
      run: (progress) =>
        prove(cluster.place, {
          repository,
          ...(label === undefined ? {} : { label }),
          latest,
          signal,
          progress,
        }),
      outcome: ({ proven }: Proof) => (proven ? "restorable" : "NOT restorable"),
    },
  ]);
  if (proof === undefined) throw new OperationError(EXIT.failed, "The proof said nothing.");
  return { data: proof, text: told(proof), well: proof.proven };
}

/** Not simply the newest there is: after a restore in place that may be of a history which was left. */
async function newestHere(cluster: LocalCluster): Promise<string | undefined> {
  await archiveNow(cluster);
  const { info: found, archiving } = await rangeOf(cluster);
  const good = (backup: Backup) => backup.version === archiving.version && leadsHere(backup, archiving.history);
  return found.daily.backups.find(good)?.label;
}

function chosen(repositories: Awaited<ReturnType<typeof info>>["repositories"], { archive, backup }: Options): number {
  const name = archive ? "archive" : "daily";
  const there = backup === undefined ? repositories.filter((one) => one.name === name) : repositories;
  const found = there.find(({ backups }) =>
    backup === undefined ? backups.length > 0 : backups.some(({ label }) => label === backup),
  );
  if (found) return found.number;
  const labels = repositories.flatMap(({ backups }) => backups.map(({ label }) => label));
  throw refused([
    backup === undefined
      ? `The ${name} repository has no backup yet${archive ? " (npx license-db backup take --archive makes one)" : ""}.`
      : `There is no backup ${backup}: there are ${labels.join(", ") || "none"}.`,
  ]);
}

function told({ proven, backup, version, bytes, seconds, databases, problems }: Proof): string {
  if (!proven)
    return [`${backup ?? "The backup"} is NOT restorable:`, ...problems.map((line) => `  ${line}`)].join("\n");
  const read = databases.map(({ name, tables, indexes }) => `${name} (${tables} tables, ${indexes} indexes)`);
  return [
    `${backup} is restorable: PostgreSQL ${version}, ${size(bytes ?? 0)}.`,
    `Restored in ${seconds.restore} s, started and recovered in ${seconds.start} s, read in ${seconds.read} s: ${read.join(", ")}.`,
  ].join("\n");
}
