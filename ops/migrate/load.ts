import { availableParallelism } from "node:os";
import pg from "pg";
import { contents, openDatabase } from "../../components/bootstrap/applicationDatabase";
import { EXTENSIONS } from "../../components/bootstrap/extensions";
import { take } from "../../components/bootstrap/steps";
import { EXIT, OperationError } from "../cli/exit";
import { megabytes } from "./checks";
import { copyTables } from "./copy";
import { type End, inTransaction, on, rows } from "./end";
import { timelinesOf } from "./failovers";
import { publish } from "./link";
import { raiseFence, setUpMarks } from "./marks";
import { changeState, identityOf, linkOf, type Migration } from "./migration";
import { quoted, SCHEMA } from "./names";
import { dumpSchema } from "./schema";
import { copySequences } from "./sequences";
import { letGo, makeSlotWithSnapshot, stillKept } from "./snapshot";
import { loadedTables, readState, type State, setUpState, writeState } from "./state";
import { applicationTables, filled } from "./survey";

export interface LoadOptions {
  /** Tables, and then indexes, at once. @default as many as this machine has processors, at most 8 */
  readonly jobs?: number;
}

export interface Loaded {
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sequences: number;
  /** Of the rows alone, and of the whole. */
  readonly copySeconds: number;
  readonly seconds: number;
  /** It went on with what an earlier run had brought. */
  readonly resumed: boolean;
}

/** Schema, rows, indexes, all as one snapshot shows them, from which the replication goes on. Again: goes on, or begins anew. */
export async function load(migration: Migration, options: LoadOptions = {}): Promise<Loaded> {
  const began = performance.now();
  const jobs = options.jobs ?? Math.min(8, availableParallelism());
  const found = await on(migration.target, readState);
  if (found && found.phase !== "loading" && found.phase !== "schema") return summary(migration, found, began, 0, true);
  const held =
    found?.phase === "loading" && found.snapshot !== undefined && (await stillKept(migration.source, found.snapshot));
  const resumed = found?.phase === "schema" || held;
  let state = found;
  if (state === undefined || !resumed) {
    if (state) migration.report.note("The source no longer has the snapshot of the interrupted load: beginning anew.");
    state = await begin(migration, state !== undefined);
  }
  let copySeconds = 0;
  if (state.phase === "loading" && state.snapshot) {
    const since = performance.now();
    await copyRows(migration, state, state.snapshot, jobs);
    copySeconds = (performance.now() - since) / 1_000;
    await letGo(migration.source);
    state = await changeState(migration, { phase: "schema" });
  }
  await finish(migration, state, jobs, resumed);
  return summary(migration, state, began, copySeconds, resumed);
}

/** Marks on both ends, the slot with its snapshot, and the tables, still bare. */
async function begin(migration: Migration, again: boolean): Promise<State> {
  const { source, target, report, signal } = migration;
  if (again) await emptyTarget(target);
  const tables = await on(source, async (client) => {
    await setUpMarks(client);
    const all = await applicationTables(client);
    await publish(client, filled(all));
    return all;
  });
  await on(target, async (client) => {
    await setUpMarks(client);
    await setUpState(client);
    await client.query(`truncate ${SCHEMA}.loaded`);
  });
  const state: State = {
    source: source.label,
    identity: await on(source, identityOf),
    phase: "loading",
    direction: "forward",
    wayBack: false,
    tables: tables.map(({ schema, name, kind }) => ({ schema, name, kind })),
    timelines: await timelinesOf(migration),
    startedAt: new Date().toISOString(),
  };
  // Written before the tables are made: whoever comes after an interruption empties the target first.
  await on(target, (client) => writeState(client, state));
  await letGo(source);
  const [snapshot] = await report.all([
    {
      title: "Slot and snapshot on the source",
      run(progress) {
        progress("waits for the transactions that are at work");
        return makeSlotWithSnapshot(linkOf(migration, "forward"));
      },
    },
  ]);
  if (snapshot === undefined) throw new Error("no snapshot");
  try {
    await report.all([
      {
        title: "Tables, types and functions",
        async run() {
          const dump = await dumpSchema(source, target, snapshot, report, signal);
          try {
            await dump.restoreFirst();
          } finally {
            await dump.remove();
          }
        },
      },
    ]);
    return await changeState(migration, { snapshot });
  } catch (error) {
    await letGo(source).catch(() => {});
    throw error;
  }
}

/** The target's database as `up` made it: whatever the application's user owns is dropped. */
export async function emptyTarget(target: End): Promise<void> {
  const { owner } = target;
  if (owner === undefined) throw new OperationError(EXIT.failed, `${target.label} is no stack: empty it by hand.`);
  await on(
    target,
    async (client) => {
      await client.query("set client_min_messages = warning");
      await client.query(`drop owned by ${pg.escapeIdentifier(owner)} cascade`);
      const [found] = await rows<{ name: string }>(client, "select current_database() as name");
      await take(client, [openDatabase(found?.name ?? "", owner), ...contents(owner, EXTENSIONS)], () => {});
    },
    { statementTimeout: 0 },
  );
}

async function copyRows(
  { source, target, report, signal }: Migration,
  state: State,
  snapshot: string,
  jobs: number,
): Promise<void> {
  const { done, tables } = await on(target, async (client) => ({
    done: await loadedTables(client),
    tables: filled(state.tables),
  }));
  const sizes = new Map((await on(source, applicationTables)).map((table) => [quoted(table), table.bytes]));
  const left = tables.filter((table) => !done.has(quoted(table)));
  const whole = left.reduce((sum, table) => sum + (sizes.get(quoted(table)) ?? 0), 0);
  await report.all([
    {
      title: done.size === 0 ? `Rows of ${tables.length} tables` : `Rows of the ${left.length} tables that are left`,
      async run(progress) {
        let [bytes, finished] = [0, 0];
        const since = performance.now();
        const show = () => {
          const rate = bytes / ((performance.now() - since) / 1_000);
          progress(
            `${finished} of ${left.length} tables, ${megabytes(bytes)} (tables and their dead rows: ${megabytes(whole)}), ${megabytes(rate)}/s`,
          );
        };
        const timer = setInterval(show, 500);
        try {
          await copyTables({
            source,
            target,
            snapshot,
            tables: left,
            jobs,
            signal,
            onBytes: (more) => {
              bytes += more;
            },
            onTable: () => {
              finished++;
            },
          });
        } catch (error) {
          if (!signal.aborted) throw error;
          throw new OperationError(
            EXIT.unfinished,
            `Interrupted: ${finished} of ${left.length} tables are there. The same command again goes on; license-db migrate abandon undoes it.`,
          );
        } finally {
          clearInterval(timer);
        }
        return bytes;
      },
      outcome: (bytes) => megabytes(bytes),
    },
  ]);
}

/** Indexes, constraints, sequences and statistics; then nobody but the replication writes to the target. */
async function finish(migration: Migration, state: State, jobs: number, again: boolean): Promise<void> {
  const { source, target, report, signal } = migration;
  const tables = filled(state.tables);
  await report.all([
    {
      title: "Indexes and constraints",
      async run() {
        // What the source has meanwhile does not matter: the rows' tables are those of the snapshot.
        const dump = await dumpSchema(source, target, undefined, report, signal);
        try {
          await dump.restoreRest(jobs, again);
        } finally {
          await dump.remove();
        }
      },
    },
  ]);
  await report.all([
    {
      title: "Statistics for the planner",
      run: async (progress) => {
        const queue = [...tables];
        await Promise.all(
          Array.from({ length: jobs }, () =>
            on(
              target,
              async (client) => {
                for (let table = queue.shift(); table; table = queue.shift()) {
                  progress(`${tables.length - queue.length} of ${tables.length}`);
                  await client.query(`analyze ${quoted(table)}`);
                }
              },
              { statementTimeout: 0 },
            ),
          ),
        );
      },
    },
  ]);
  await on(target, async (client) => {
    await on(source, (from) => copySequences(from, client));
    await inTransaction(client, async () => {
      await client.query("set local client_min_messages = warning");
      await raiseFence(client, state.tables);
    });
  });
  await changeState(migration, { phase: "loaded", loadedAt: new Date().toISOString() });
}

async function summary(
  { target }: Migration,
  state: State,
  began: number,
  copySeconds: number,
  resumed: boolean,
): Promise<Loaded> {
  const [sum] = await on(target, (client) =>
    rows<{ tables: number; rows: string; bytes: string; sequences: number }>(
      client,
      `select count(*)::int as tables, coalesce(sum(rows), 0)::text as rows, coalesce(sum(bytes), 0)::text as bytes,
              (select count(*)::int from pg_sequences where schemaname <> $1) as sequences from ${SCHEMA}.loaded`,
      [SCHEMA],
    ),
  );
  return {
    tables: filled(state.tables).length,
    rows: Number(sum?.rows),
    bytes: Number(sum?.bytes),
    sequences: sum?.sequences ?? 0,
    copySeconds,
    seconds: (performance.now() - began) / 1_000,
    resumed,
  };
}
