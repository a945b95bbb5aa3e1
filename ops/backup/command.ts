import { Command, Option } from "commander";
import { operation } from "../cli/operation";

/** Labels as pgBackRest gives them; clouds have names of their own. */
const label = "<label>";

export function command(): Command {
  return new Command("backup")
    .summary("list, take and verify backups")
    .description("The backups of a stack: what there is and how far back a restore reaches; one more; a proof.")
    .addCommand(
      operation({
        name: "list",
        summary: "every backup there is, and how far back a restore reaches",
        examples: [
          ["backup list", "the stack local"],
          ["backup list --stack prod --json", "for a program"],
        ],
        async run(context) {
          const { list } = await import("./list");
          return list(context);
        },
      }),
    )
    .addCommand(
      operation<{ archive: boolean; incr: boolean; full: boolean; dryRun?: boolean }>({
        name: "take",
        summary: "take a backup now, and wait for its end",
        description:
          "Takes a backup now, into the daily repository, where it is kept as long as the scheduled ones. On a cloud: a snapshot, which stays until somebody deletes it.",
        options: [
          new Option("--full", "all of the database (what is taken without an option, too)")
            .default(false)
            .conflicts("incr"),
          new Option("--incr", "only what changed since the last backup (local)").default(false),
          new Option("--archive", "into the archive's repository, kept for a year (local)")
            .default(false)
            .conflicts("incr"),
        ],
        examples: [
          ["backup take", "a full one"],
          ["backup take --incr", "before a risky change: quick"],
        ],
        changes: true,
        async run(context) {
          const { take } = await import("./take");
          return take(context);
        },
      }),
    )
    .addCommand(
      operation<{ archive: boolean; backup?: string }>({
        name: "verify",
        summary: "prove a backup restorable by restoring it",
        description:
          "Restores a backup into a scratch folder beside the cluster, starts a server on it that only a unix socket reaches, checks every table and index (amcheck), reads every row (pg_dump to nowhere), and removes it again. The cluster is not touched. Without an option: the newest backup with all WAL since. The monthly archive is proven like that by itself, the day after it was made.",
        options: [
          new Option("--archive", "the newest of the archive's repository").default(false),
          new Option(`--backup ${label}`, "this one, as `backup list` names it"),
        ],
        examples: [
          ["backup verify", "the newest backup, and all WAL since"],
          ["backup verify --archive", "the newest monthly archive"],
        ],
        async run(context) {
          const { verify } = await import("./verify");
          return verify(context);
        },
      }),
    );
}
