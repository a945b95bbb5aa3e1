import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { EXIT, OperationError } from "../cli/exit";
import { type Context, count, operation } from "../cli/operation";
import type { Result } from "../cli/out";
import { abandon, hasTraces } from "./abandon";
import { ACCEPTABLE, megabytes } from "./checks";
import { on } from "./end";
import { follow } from "./follow";
import { cutOff, type HandedOver, handOver, letWritesInAgain, liveEnd } from "./handover";
import { inWords } from "./lag";
import { subscriptionOf } from "./link";
import { load } from "./load";
import { compare, mend } from "./mend";
import { changeState, linkOf, type Migration, openEnds, type SourceOptions, stateOf } from "./migration";
import { planOf, planText } from "./plan";
import { SOURCE_VARIABLE } from "./serverEnd";
import { readState, type State } from "./state";
import { statusOf, statusText } from "./status";
import { filled } from "./survey";
import { inWords as differences, Stuck } from "./verify";

const DESCRIPTION = [
  "Moves a PostgreSQL database (version 12 or newer, or another stack's) into a stack, while it is being written to: the load copies one snapshot, replication brings what is written from then on, and the cut-over stops writes for a moment. From then on changes flow back, so that rollback loses nothing either.",
  `The source's address is a libpq address in the variable ${SOURCE_VARIABLE}, or in a file that only you may read (--source-file); its password may stand in PGPASSFILE instead. Or the source is a stack (--from-stack).`,
].join("\n\n");

const SOURCE = (): Option[] => [
  new Option("--from-stack <name>", "the source is a stack"),
  new Option("--source-file <file>", "a file of mode 0600 with the source's address").env("LICENSE_DB_SOURCE_FILE"),
  new Option("--source-seen-as <host:port>", "where the stack's server reaches the source, if not where we do"),
];

const jobs = (): Option =>
  new Option("-j, --jobs <n>", "tables at once")
    .argParser(count(1, 64))
    .default(Math.min(8, availableParallelism()), "as many as there are processors, at most 8");

const accept = (): Option =>
  new Option("--accept <what...>", "what is left behind").choices(ACCEPTABLE).default([] as string[], "nothing");

interface Jobs {
  readonly jobs: number;
}
interface Accept {
  readonly accept: readonly string[];
}
interface DryRun {
  readonly dryRun?: boolean;
}

async function migrationOf<T extends SourceOptions>({
  stack,
  options,
  report,
  signal,
}: Context<T>): Promise<Migration> {
  return { ...(await openEnds(stack, options)), report, signal };
}

export const command = (): Command =>
  new Command("migrate")
    .summary("move a PostgreSQL database into the stack while it is written to")
    .description(DESCRIPTION)
    .addCommand(plan())
    .addCommand(loading())
    .addCommand(following())
    .addCommand(verify())
    .addCommand(cutover())
    .addCommand(rollback())
    .addCommand(status())
    .addCommand(abandoning());

const plan = (): Command =>
  operation<SourceOptions & Jobs & Accept>({
    name: "plan",
    summary: "check both ends",
    description: "Checks both ends and changes nothing. Exit code 3: something stands in the way.",
    options: [...SOURCE(), jobs(), accept()],
    examples: [
      ["migrate plan", `from ${SOURCE_VARIABLE} to the stack local`],
      ["migrate plan --stack prod --from-stack old --json", "from stack old to stack prod, as JSON"],
    ],
    async run({ stack, options }) {
      const found = await planOf(stack, await openEnds(stack, options), options.accept, options.jobs);
      return { data: found, text: planText(found), well: found.checks.every(({ verdict }) => verdict !== "stop") };
    },
  });

const loading = (): Command =>
  operation<SourceOptions & Jobs & Accept & DryRun>({
    name: "load",
    summary: "copy schema and rows, as one snapshot shows them",
    description:
      "Copies schema, rows, indexes and sequences as one snapshot shows them; the slot that is made with it keeps all later changes. The same command again goes on after an interruption.",
    changes: true,
    options: [...SOURCE(), jobs(), accept()],
    examples: [["migrate load --jobs 4", "four tables at once"]],
    async run(context) {
      const { stack, options } = context;
      const migration = await migrationOf(context);
      if ((await on(migration.target, readState)) === undefined) {
        const found = await planOf(stack, migration, options.accept, options.jobs);
        if (options.dryRun) return { data: found, text: planText(found) };
        if (found.checks.some(({ verdict }) => verdict === "stop")) {
          throw new OperationError(EXIT.usage, `Nothing was begun.\n${planText(found)}`);
        }
      } else {
        await stateOf(migration);
        if (options.dryRun) return { data: {}, text: "It would go on with the load that is under way." };
      }
      const loaded = await load(migration, { jobs: options.jobs });
      const { tables, rows, bytes, seconds } = loaded;
      return {
        data: loaded,
        text: `${tables} tables, ${rows} rows, ${megabytes(bytes)} in ${seconds.toFixed(1)} s. Next: license-db migrate follow`,
      };
    },
  });

const following = (): Command =>
  operation<SourceOptions & Jobs & DryRun & { readonly watch?: boolean }>({
    name: "follow",
    summary: "let changes flow, and wait until they have caught up",
    description:
      "Subscribes the stack to the source; the changes then flow without this command. It ends when they have caught up. Where an end has failed over, it compares all rows first, and brings anew what differs.",
    changes: true,
    options: [...SOURCE(), jobs(), new Option("--watch", "go on showing how far behind the stack is, until Ctrl-C")],
    examples: [
      ["migrate follow", "until it has caught up"],
      ["migrate follow --watch", "until Ctrl-C"],
    ],
    async run(context) {
      const migration = await migrationOf(context);
      const state = await stateOf(migration);
      const { publisher, subscriber } = linkOf(migration, state.direction);
      if (context.options.dryRun) {
        return { data: {}, text: `${subscriber.label} would subscribe to ${publisher.label}.` };
      }
      const found = await follow(migration, state, {
        watch: context.options.watch ?? false,
        jobs: context.options.jobs,
      });
      return { data: found, text: `${inWords(found)}. Next: license-db migrate cutover` };
    },
  });

const verify = (): Command =>
  operation<SourceOptions & Jobs & DryRun & { readonly repair?: boolean }>({
    name: "verify",
    summary: "compare all rows of both ends while changes flow",
    description:
      "Compares counts and checksums of every table at one and the same moment of both ends, while changes flow. Writers wait for some milliseconds once. Exit code 3: the ends differ.",
    changes: true,
    options: [
      ...SOURCE(),
      jobs(),
      new Option("--repair", "bring tables that differ anew, with a new slot; the changes stand still for that long"),
    ],
    examples: [
      ["migrate verify", "any time between follow and abandon"],
      ["migrate verify --repair", "after somebody has written at the wrong end"],
    ],
    async run(context) {
      const migration = await migrationOf(context);
      const state = await stateOf(migration);
      const link = linkOf(migration, state.direction);
      if (!(await on(link.subscriber, (client) => subscriptionOf(client, link)))?.enabled) {
        throw new OperationError(EXIT.usage, "Changes do not flow: there is nothing to compare while they do.");
      }
      if (context.options.dryRun) {
        return { data: {}, text: `It would compare ${filled(state.tables).length} tables at both ends.` };
      }
      const found = await (context.options.repair
        ? mend(migration, state, context.options.jobs)
        : compare(migration, state, context.options.jobs));
      if (found === undefined) throw new Stuck(link);
      const well = found.differences.length === 0;
      return {
        data: found,
        text: well
          ? `${found.rows} rows of ${found.tables} tables are the same.`
          : differences(link, found.differences),
        well,
      };
    },
  });

interface Handover extends SourceOptions, Jobs, DryRun {
  readonly mostLag: number;
  readonly mostDelay: number;
  readonly patience: number;
  readonly verifyInside: number;
  readonly verify: boolean;
  readonly wayBack?: boolean;
}

const HANDOVER = (): Option[] => [
  ...SOURCE(),
  jobs(),
  new Option("--most-lag <bytes>", "how far behind the other end may be")
    .argParser(count(0, 2 ** 40))
    .default(16_000_000),
  new Option(
    "--most-delay <ms>",
    "how long changes may take to arrive when writes are stopped; waited for up to 2 minutes",
  )
    .argParser(count(1, 600_000))
    .default(500),
  new Option("--patience <ms>", "what transactions at work get to end, before they are ended")
    .argParser(count(0, 600_000))
    .default(500),
  new Option("--verify-inside <size>", "compare this much, the smallest tables first, while nobody writes; all: all")
    .argParser(size)
    .default(16e6, "16MB"),
  new Option("--no-verify", "do not compare all rows before and after, if no end has failed over"),
];

function size(text: string): number {
  if (text === "all") return Number.MAX_SAFE_INTEGER;
  const [, number, unit = ""] = /^(\d+)(kB|MB|GB)?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("It is a size such as 16MB, or all.");
  return Number(number) * ({ kB: 1e3, MB: 1e6, GB: 1e9 }[unit] ?? 1);
}

const cutover = (): Command =>
  operation<Handover>({
    name: "cutover",
    summary: "stop writes at the source, drain, compare, and let them in at the stack",
    description:
      "Compares all rows while changes flow; then stops writes at the source, waits for the last change, sets the sequences, compares small tables, and lets writes in at the stack. From then on changes flow back to the source. Lead the application over at the same time: the source tells it that it takes no writes. The same command again goes on after an interruption.",
    changes: true,
    options: [...HANDOVER(), new Option("--no-way-back", "the source is not kept up to date: there is no rollback")],
    examples: [
      ["migrate cutover --stack prod", "asks for the stack's name"],
      ["migrate cutover --confirm local --verify-inside all", "compares everything while nobody writes, too"],
    ],
    run: (context) => switchOver(context, "forward"),
  });

const rollback = (): Command =>
  operation<Handover>({
    name: "rollback",
    summary: "the way back: writes go to the source again, with all that was written since",
    description:
      "The cut-over the other way round, with nothing lost that was written to the stack since. Of a cut-over that was cut off half-way: lets writes in at the source again.",
    changes: true,
    options: HANDOVER(),
    examples: [["migrate rollback --stack prod", "asks for the stack's name"]],
    run: (context) => switchOver(context, "back"),
  });

async function switchOver(context: Context<Handover>, direction: "forward" | "back"): Promise<Result> {
  const { options } = context;
  const migration = await migrationOf(context);
  let state = await stateOf(migration);
  const { publisher, subscriber } = linkOf(migration, direction);
  if (state.phase !== "following") {
    throw new OperationError(EXIT.usage, "Changes do not flow yet: license-db migrate follow.");
  }
  if (direction !== state.direction) return stayHere(migration, state, options.dryRun === true);
  if (direction === "back" && !state.wayBack) {
    throw new OperationError(EXIT.usage, "The cut-over was made without a way back: the source is not up to date.");
  }
  if (options.dryRun) {
    return {
      data: {},
      text: `It would compare all rows, stop writes at ${publisher.label}, wait for the last change, and let writes in at ${subscriber.label}.`,
    };
  }
  await context.confirm([
    `stop writes at ${publisher.label}: it then tells every writer that it takes none`,
    `let writes in at ${subscriber.label}`,
    options.wayBack === false ? "keep no way back" : `keep ${publisher.label} up to date from there, for the way back`,
  ]);
  state = await changeState(migration, { wayBack: direction === "back" ? state.wayBack : options.wayBack !== false });
  const { jobs: atOnce, mostLag, mostDelay, patience, verifyInside, verify: compare } = options;
  const done = await handOver(migration, state, direction, {
    ...{ jobs: atOnce, mostLag, mostDelay, patience, verifyInside, verify: compare },
  });
  return { data: done, text: doneText(done, direction) };
}

/** Writes are where they were asked to go; or the way away from there was cut off, and is undone. */
async function stayHere(migration: Migration, state: State, dryRun: boolean): Promise<Result> {
  const link = linkOf(migration, state.direction);
  const here = link.publisher.label;
  switch (await liveEnd(link, state)) {
    case "publisher":
      return { data: { live: here }, text: `Writes go to ${here} already.` };
    case "nobody":
      if (dryRun) return { data: {}, text: `It would let writes in at ${here} again.` };
      await letWritesInAgain(link, state);
      return { data: { live: here }, text: `Writes go to ${here} as before. Nothing was switched.` };
    case "subscriber":
      throw cutOff(state);
  }
}

function doneText(done: HandedOver, direction: "forward" | "back"): string {
  const stop = done.writeStopSeconds === null ? "" : ` Nobody could write for ${done.writeStopSeconds.toFixed(2)} s.`;
  const ended = done.endedSessions > 0 ? ` ${done.endedSessions} sessions that held it up were ended.` : "";
  const back =
    direction === "forward" ? "license-db migrate rollback goes back" : "license-db migrate cutover goes over again";
  return `Writes go to ${done.to}.${stop}${ended}\n${done.wayBack ? `Changes flow to ${done.from}; ${back}, ` : ""}license-db migrate abandon ends it.`;
}

const status = (): Command =>
  operation<SourceOptions>({
    name: "status",
    summary: "how far the migration is, and how far behind",
    options: SOURCE(),
    examples: [["migrate status --json", "for a script"]],
    async run(context) {
      const migration = await migrationOf(context);
      const found = await statusOf(migration, await stateOf(migration));
      return { data: found, text: statusText(found) };
    },
  });

const abandoning = (): Command =>
  operation<SourceOptions & DryRun & { readonly keepData?: boolean }>({
    name: "abandon",
    summary: "end the migration: remove slots, subscriptions, publications and marks at both ends",
    description:
      "Ends a migration for good. Before the cut-over, the stack's database is emptied (unless --keep-data) and the source goes on as if nothing had been. After it, there is no rollback any more, and the source stays closed to writers until its schema license_db_migration is dropped.",
    changes: true,
    options: [...SOURCE(), new Option("--keep-data", "leave what was loaded in the stack's database")],
    examples: [["migrate abandon --dry-run", "tells what it would remove"]],
    async run(context) {
      const { options } = context;
      const migration = await migrationOf(context);
      if (!(await hasTraces(migration)))
        return { data: { closed: [], emptied: false }, text: "There is no migration." };
      const state = await on(migration.target, readState);
      if (state) await stateOf(migration);
      const switched = state !== undefined && (await liveEnd(linkOf(migration, "forward"), state)) === "subscriber";
      const consequences = [
        "drop the migration's slots, subscriptions, publications and marks at both ends",
        ...(switched ? [`give up the way back; ${migration.source.label} stays closed to writers`] : []),
        ...(!switched && !options.keepData && state
          ? [`drop everything that was loaded into ${migration.target.label}`]
          : []),
      ];
      if (options.dryRun) return { data: { consequences }, text: consequences.join("\n") };
      await context.confirm(consequences);
      const done = await abandon(migration, { empty: !options.keepData });
      const closed = done.closed.map(
        (label) => ` ${label} takes no writes until its schema license_db_migration is dropped (cascade).`,
      );
      return { data: done, text: `The migration is ended.${closed.join("")}` };
    },
  });
