/**
 * Makes both ends the same again. A failover may leave the stream of changes with a hole, with changes that the lost server
 * alone had, with a slot that is gone, or stuck, as what was lost stands in the way of what came instead.
 */
import type { Progress } from "../../components/local/tools/reporter";
import { copyRows, useSnapshot } from "./copy";
import { inTransaction, on } from "./end";
import { timelinesOf } from "./failovers";
import { cut, type Link, nameOf, subscribe, subscriptionOf } from "./link";
import { changeState, linkOf, type Migration } from "./migration";
import { plain, quoted, type TableName } from "./names";
import { letGo, makeSlotWithSnapshot } from "./snapshot";
import type { State } from "./state";
import { filled } from "./survey";
import { compared, comparer, Stuck, type Verified, verifyFollowing } from "./verify";

/** Undefined: the changes do not arrive. That all is the same is kept in the state. */
export async function compare(migration: Migration, state: State, jobs: number): Promise<Verified | undefined> {
  const link = linkOf(migration, state.direction);
  // Looked at before: a failover meanwhile has this done once more.
  const timelines = await timelinesOf(migration);
  const [found] = await migration.report.all([
    {
      title: "Comparing all rows while changes flow",
      run: () =>
        verifyFollowing(link, filled(state.tables), jobs).catch((error: unknown) => {
          if (error instanceof Stuck) return undefined;
          throw error;
        }),
      outcome: (verified) => (verified ? compared(verified) : "the changes do not arrive"),
    },
  ]);
  if (found?.differences.length === 0) await changeState(migration, { timelines });
  return found;
}

/** Compares, and where the ends differ, or the changes do not arrive, begins anew; what a comparison says at the end. */
export async function mend(migration: Migration, state: State, jobs: number): Promise<Verified | undefined> {
  const link = linkOf(migration, state.direction);
  const flows = await on(link.subscriber, (client) => subscriptionOf(client, link));
  const found = flows ? await compare(migration, state, jobs) : undefined;
  if (found?.differences.length === 0) return found;
  await migration.report.all([
    {
      title: `Bringing anew what differs at ${link.subscriber.label}`,
      run: (progress) => beginAnew(link, filled(state.tables), jobs, progress),
      outcome: (brought) => brought.map(plain).join(", ") || "nothing",
    },
  ]);
  const after = await compare(migration, state, jobs);
  // Until then a failover of the publisher would lose the new slot.
  await link.publisher.slotKept(nameOf(link));
  return after;
}

/**
 * A new slot, and a subscription that begins with it; between the two, what differs from the slot's snapshot is brought
 * anew. That the subscription is gone first and comes last tells whoever comes after an interruption.
 */
async function beginAnew(
  link: Link,
  tables: readonly TableName[],
  jobs: number,
  progress: Progress,
): Promise<readonly TableName[]> {
  await cut(link);
  progress("a new slot waits for the transactions that are at work");
  const snapshot = await makeSlotWithSnapshot(link);
  try {
    progress("comparing");
    const comparing = await comparer(link, Math.min(jobs, tables.length));
    const { differences } = await comparing.compare(tables, { publisher: snapshot }).finally(() => comparing.end());
    const names = new Set(differences.map(({ table }) => table));
    const broken = tables.filter((table) => names.has(plain(table)));
    progress(`bringing ${broken.map(plain).join(", ")}`);
    await bring(link, broken, snapshot);
    await subscribe(link);
    return broken;
  } finally {
    await letGo(link.publisher);
  }
}

/** Nobody writes at the subscriber, and its triggers and foreign keys keep quiet, as for all that is replicated. */
async function bring(link: Link, tables: readonly TableName[], snapshot: string): Promise<void> {
  const work = { statementTimeout: 0 };
  await on(
    link.publisher,
    async (source) => {
      await useSnapshot(source, snapshot);
      await on(
        link.subscriber,
        async (client) => {
          await client.query("set session_replication_role = replica");
          await inTransaction(client, async () => {
            for (const table of tables) {
              await client.query(`delete from only ${quoted(table)}`);
              await copyRows(source, client, table);
            }
          });
        },
        work,
      );
    },
    work,
  );
}
