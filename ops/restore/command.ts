import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { shortTime } from "../backup/info";
import { EXIT, OperationError, refused } from "../cli/exit";
import { localCluster } from "../cli/local";
import { operation } from "../cli/operation";
import { table } from "../cli/out";
import { requireVendor } from "../cli/stack";
import { BadTarget, parseTarget, type Target } from "./target";

export interface RestoreOptions {
  readonly to?: string;
  readonly beside?: string;
  readonly inPlace: boolean;
  readonly exclusive: boolean;
  readonly backup?: string;
  readonly timeline?: string;
  readonly dryRun?: boolean;
}

const COPIES =
  "On a cloud its copies are clusters or instances of their own: the service's console lists and deletes them.";

const restore = (): Command =>
  operation<RestoreOptions>({
    name: "restore",
    summary: "the database as it was: beside the running one, or in its place",
    description:
      "Brings back the database as it was at a moment. --beside leaves the running database alone and puts a copy next to it, to look into or to fetch lost rows from. --in-place replaces the running database: what was written after that moment is no longer in it.",
    options: [
      new Option(
        "--to <moment>",
        'a time with its zone ("2026-11-22 20:15:00+01"), a transaction (xid:4711), a restore point (name:before-release), or latest',
      ),
      new Option(
        "--beside <where>",
        "an empty folder (local); the name of the new cluster or instance (clouds)",
      ).conflicts("inPlace"),
      new Option("--in-place", "instead of the running database").default(false),
      new Option("--exclusive", "stop just before that moment or transaction").default(false),
      new Option("--backup <label>", "begin with this backup (default: the newest that leads there; local)"),
      new Option("--timeline <number>", "follow this history, where the database went back before (local)"),
    ],
    examples: [
      ['restore --to "2026-11-22 20:15:00+01" --beside /var/tmp/before', "a copy as of then"],
      ["restore --to xid:4711 --exclusive --beside /var/tmp/before", "just before the transaction that was a mistake"],
      ['restore --to "2026-11-22 20:15:00+01" --in-place', "the whole database back to then"],
      ["restore list", "the copies there are"],
      ["restore drop /var/tmp/before", "removes one"],
    ],
    changes: true,
    async run(context) {
      const { stack, options } = context;
      const target = targetOf(options);
      if (stack.vendor !== "local") {
        const cloud = stack.vendor === "aws" ? await import("./aws") : await import("./alicloud");
        return cloud.restore(context, target);
      }
      if (options.inPlace) return (await import("./inPlace")).restoreInPlace(context, target);
      return (await import("./beside")).restoreBeside(context, target, resolve(options.beside ?? ""));
    },
  });

/** Everything that is wrong with the options at once. */
function targetOf({ to, beside, inPlace, timeline }: RestoreOptions): Target {
  const problems: string[] = [];
  let target: Target = { type: "latest" };
  try {
    if (to !== undefined) target = parseTarget(to);
    else problems.push("--to is missing: which moment? (--help has examples; latest is the newest)");
  } catch (error) {
    if (!(error instanceof BadTarget)) throw error;
    problems.push(error.message);
  }
  if (beside === undefined && !inPlace) problems.push("Say where: --beside FOLDER for a copy, or --in-place.");
  if (timeline !== undefined && !/^([1-9]\d{0,9}|current|latest)$/.test(timeline)) {
    problems.push(`--timeline is "${timeline}": it takes a number, current or latest.`);
  }
  if (problems.length > 0) throw refused(problems);
  return target;
}

export const command = (): Command =>
  restore()
    // What follows the name of a command of its own belongs to that.
    .enablePositionalOptions()
    .addCommand(
      operation({
        name: "list",
        summary: "the copies that --beside made",
        examples: [["restore list", "of the stack local"]],
        async run({ stack }) {
          requireVendor(stack, ["local"], COPIES);
          const { copies } = await import("./scratch");
          const found = await copies((await localCluster(stack)).place);
          const rows = found.map(({ folder, target, madeAt, port, running }) => [
            folder,
            target,
            shortTime(madeAt),
            running ? `port ${port}` : "stopped",
          ]);
          const text =
            found.length === 0 ? "There is no copy." : table([["folder", "as of", "made", "server"], ...rows]);
          return { data: found, text };
        },
      }),
    )
    .addCommand(
      operation<{ dryRun?: boolean }, [string]>({
        name: "drop",
        summary: "remove a copy that --beside made",
        arguments: [["<folder>", "as `restore list` names it"]],
        examples: [["restore drop /var/tmp/before", "ends its server and removes the folder"]],
        changes: true,
        async run({ stack, options }, given) {
          requireVendor(stack, ["local"], COPIES);
          const { copies, drop } = await import("./scratch");
          const { place } = await localCluster(stack);
          const folder = resolve(given);
          const there = await copies(place);
          const found = there.find((one) => one.folder === folder);
          if (found === undefined) {
            const known = there.map((one) => one.folder).join(", ") || "none";
            throw new OperationError(EXIT.usage, `${folder} is no copy of stack ${stack.name}: there are ${known}.`);
          }
          if (options.dryRun) return { data: found, text: `Would end the server in ${folder} and remove the folder.` };
          await drop(place, found);
          return { data: found, text: `${folder} is gone.` };
        },
      }),
    );
