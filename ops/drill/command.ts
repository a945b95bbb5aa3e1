import { Command, Option } from "commander";
import { type Context, count, operation } from "../cli/operation";
import { type Result, table } from "../cli/out";
import { drillFolder, keepDrill, pastDrills } from "./history";
import { shown } from "./judge";
import type { DrillKind, DrillResult } from "./result";
import { drill, plan } from "./run";

interface Options {
  readonly writes: number;
  readonly reads: number;
  readonly calm: number;
  readonly dryRun?: boolean;
}

const KINDS: Readonly<Record<DrillKind, string>> = {
  failover: "the primary is killed under load",
  switchover: "the primary's role is handed over under load",
  "replica-loss": "a replica is killed under load",
  restore: "the newest backup is restored beside the cluster",
};

export function command(): Command {
  const group = new Command("drill")
    .summary("proves failover and restore under load, and measures RTO and RPO")
    .description(
      "Does to the cluster, under load, what one day happens to it; measures how long writes and reads stop, whether an acknowledged write is lost or doubled, and how long a restore takes, against the targets of R4; and leaves the cluster healthy. Exit code 3: a target was missed.",
    );
  for (const kind of Object.keys(KINDS) as DrillKind[]) group.addCommand(drillCommand(kind, KINDS[kind], [kind]));
  group.addCommand(drillCommand("all", "all of them, one after the other", Object.keys(KINDS) as DrillKind[]));
  return group.addCommand(history());
}

const drillCommand = (name: string, summary: string, kinds: readonly DrillKind[]): Command =>
  operation<Options>({
    name,
    summary,
    changes: true,
    options: [
      rate("--writes <n>", "writes a second of the load"),
      rate("--reads <n>", "reads a second of the load"),
      new Option("--calm <seconds>", "how long the load runs before and after").default(5).argParser(count(1, 600)),
    ],
    examples: [
      [`drill ${name} --dry-run`, "says whether it could begin, and what it would do"],
      [`drill ${name} --stack local --confirm local`, "does it, without a question"],
    ],
    run: (context) => runAll(context, kinds),
  });

const rate = (flags: string, description: string): Option =>
  new Option(flags, description).default(200).argParser(count(1, 10_000));

async function runAll(context: Context<Options>, kinds: readonly DrillKind[]): Promise<Result> {
  const { options, stack, signal } = context;
  const plans = await plan(stack, kinds);
  if (options.dryRun) return { data: { plan: plans }, text: `It would, on stack ${stack.name}:\n${indented(plans)}` };
  await context.confirm(plans);
  const results: DrillResult[] = [];
  const pages: string[] = [];
  for (const kind of kinds) {
    signal.throwIfAborted();
    // What the drill before has left must be well for the next.
    if (results.length > 0) await plan(stack, [kind]);
    const rates = { writes: options.writes, reads: options.reads };
    const result = await drill(context, kind, { rates, calm: options.calm * 1000 });
    pages.push(await keepDrill(result));
    results.push(result);
  }
  return {
    data: results.map((result, index) => ({ ...result, page: pages[index] })),
    text: results.map((result, index) => `${told(result)}\n  ${pages[index]}`).join("\n\n"),
    well: results.every(({ met }) => met),
  };
}

const told = ({ kind, fault, checks, met }: DrillResult): string =>
  `${kind}: ${met ? "every target met" : "A TARGET WAS MISSED"} (${fault})\n${indented(
    table(
      checks.map((one) => [one.name, shown(one), one.met ? "met" : `missed: at most ${one.limit}${one.unit}`]),
    ).split("\n"),
  )}`;

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join("\n");

const history = (): Command =>
  operation({
    name: "history",
    summary: "the drills of the past, and where their pages are",
    examples: [["drill history", "of the stack local"]],
    async run({ stack }) {
      const past = await pastDrills(stack.name);
      return {
        data: past.map(({ load: _, ...rest }) => rest),
        text:
          past.length === 0
            ? `There was no drill of stack ${stack.name} yet: npx license-db drill failover`
            : `${table([
                ["BEGUN", "KIND", "UNTIL IT WENT ON", "TARGETS"],
                ...past.map(({ startedAt, kind, checks, met }) => [
                  `${startedAt.slice(0, 19)}Z`,
                  kind,
                  checks[0] ? shown(checks[0]) : "",
                  met ? "met" : "missed",
                ]),
              ])}\n${drillFolder(stack.name)}/index.html`,
      };
    },
  });
