import { type End, on, rows } from "./end";
import { cut, unpublish } from "./link";
import { emptyTarget } from "./load";
import { fenced, lowerFence, removeMarks } from "./marks";
import { linkOf, type Migration } from "./migration";
import { SCHEMA } from "./names";
import { letGo } from "./snapshot";
import { readState } from "./state";

export interface Abandoned {
  /** Ends whose fence stays: their data is old. */
  readonly closed: readonly string[];
  readonly emptied: boolean;
}

/**
 * Removes every trace at both ends. Where writes have gone over, the other end stays closed to writers: whoever still writes
 * there is to be told, not lost. Before that, the target is open again, and empty where `empty` says so.
 */
export async function abandon(migration: Migration, { empty }: { readonly empty: boolean }): Promise<Abandoned> {
  const { source, target, report } = migration;
  const state = await on(target, readState);
  const tables = state?.tables ?? [];
  const [sourceClosed, targetClosed] = await Promise.all(
    [source, target].map((end) => on(end, (client) => fenced(client, tables))),
  );
  const switched = sourceClosed === true && !targetClosed;
  await report.all([
    {
      title: "Subscriptions and slots",
      async run() {
        for (const end of [source, target]) await letGo(end);
        for (const direction of ["forward", "back"] as const) await cut(linkOf(migration, direction));
      },
    },
  ]);
  await report.all([
    {
      title: "Publications and marks",
      async run() {
        // Nobody writes while both are closed: then it was not decided, and the source is the live one.
        if (sourceClosed && !switched) await on(source, (client) => lowerFence(client, tables));
        for (const end of [source, target]) await removeTraces(end, end === source && switched);
      },
    },
  ]);
  const emptied = empty && !switched && state !== undefined;
  if (emptied) await report.all([{ title: `Emptying ${target.label}`, run: () => emptyTarget(target) }]);
  return { closed: switched ? [source.label] : [], emptied };
}

async function removeTraces(end: End, keepFence: boolean): Promise<void> {
  await on(end, async (client) => {
    await unpublish(client);
    if (!keepFence) return removeMarks(client);
    // The fence's function lives in the schema: the rest goes.
    const tables = ["marker", "state", "loaded"].map((name) => `${SCHEMA}.${name}`);
    await client.query(`set client_min_messages = warning; drop table if exists ${tables.join(", ")} cascade`);
  });
  await end.dropRole();
}

/** Whether there is anything of a migration's at either end. */
export async function hasTraces(ends: Pick<Migration, "source" | "target">): Promise<boolean> {
  const found = await Promise.all(
    [ends.source, ends.target].map((end) =>
      on(end, (client) =>
        rows(
          client,
          `select 1 from pg_namespace where nspname = $1 union all
           select 1 from pg_publication where pubname = $1 union all
           select 1 from pg_replication_slots where slot_name like $1 || '%' and database = current_database()`,
          [SCHEMA],
        ),
      ),
    ),
  );
  return found.some(({ length }) => length > 0);
}
