/** Changes flowing one way: a publication and a slot at one end, a subscription at the other. */
import pg from "pg";
import { render } from "./conninfo";
import { type End, on, rows } from "./end";
import { DIRECTIONS, type Direction, PUBLICATION, quoted, SCHEMA, type TableName } from "./names";

export interface Link {
  readonly direction: Direction;
  readonly publisher: End;
  readonly subscriber: End;
}

/** Of the slot and of the subscription. */
export const nameOf = ({ direction }: Link): string => DIRECTIONS[direction];

/** All tables by name, each partition for itself: so it is with every version from 12 on. */
export async function publish(client: pg.Client, tables: readonly TableName[]): Promise<void> {
  const [there] = await rows(client, "select 1 from pg_publication where pubname = $1", [PUBLICATION]);
  const all = [`${SCHEMA}.marker`, ...tables.map(quoted)].join(", ");
  await client.query(
    there === undefined
      ? `create publication ${PUBLICATION} for table ${all}`
      : `alter publication ${PUBLICATION} set table ${all}`,
  );
}

export async function unpublish(client: pg.Client): Promise<void> {
  await client.query("set client_min_messages = warning");
  await client.query(`drop publication if exists ${PUBLICATION}`);
}

/** Makes the slot anew where nothing is written at the publisher, so that no snapshot is needed. */
export async function makeSlot(link: Link, client: pg.Client): Promise<void> {
  await client.query(
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active`,
    [nameOf(link)],
  );
  await client.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [nameOf(link)]);
}

export async function dropSlot(link: Link): Promise<void> {
  await on(link.publisher, async (client) => {
    const slot = nameOf(link);
    // Its walsender may take a moment to see that the subscriber is gone.
    await client.query(
      "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active",
      [slot],
    );
    for (let attempt = 0; ; attempt++) {
      try {
        await client.query(
          "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1",
          [slot],
        );
        return;
      } catch (error) {
        const { code } = error as { code?: string };
        // Somebody else dropped it between the look and the call.
        if (code === "42704") return;
        if (code !== "55006" || attempt === 100) throw error;
        await client.query("select pg_sleep(0.1)");
      }
    }
  });
}

/** Statements that hold a password are kept out of the server's log and statistics, as far as we may. */
const QUIET = [
  "set log_statement = 'none'",
  "set log_min_duration_statement = -1",
  "set log_min_error_statement = 'panic'",
  "set log_duration = off",
  "set pg_stat_statements.track_utility = off",
];

/** Where a commit waits for standbys, the subscriber's waits, too, before it tells the publisher that it has it. */
const SUBSCRIPTION = "copy_data = false, create_slot = false, synchronous_commit = 'on'";

/** From the first step on the subscriber's server itself has come in at the publisher. @param flow changes flow from now on */
export async function subscribe(link: Link, flow = true): Promise<void> {
  const name = pg.escapeIdentifier(nameOf(link));
  const info = render({ ...(await link.publisher.subscribable()), application_name: nameOf(link) });
  const older = await on(link.subscriber, (client) => versionOf(client));
  // libpq of 12 knows no channel_binding.
  const conninfo = older >= 130_000 ? info : info.replace(/ channel_binding='[^']*'/, "");
  await on(link.subscriber, async (client) => {
    for (const setting of QUIET) await client.query(setting).catch(() => {});
    const there = await subscriptionOf(client, link);
    const connection = pg.escapeLiteral(conninfo);
    if (there === undefined) {
      await client.query(
        `create subscription ${name} connection ${connection} publication ${PUBLICATION}
           with (slot_name = ${pg.escapeLiteral(nameOf(link))}, enabled = false, ${SUBSCRIPTION})`,
      );
    } else {
      await client.query(`alter subscription ${name} connection ${connection}`);
    }
    if (flow) await enable(link, client);
  });
}

export async function enable(link: Link, client: pg.Client): Promise<void> {
  await client.query(`alter subscription ${pg.escapeIdentifier(nameOf(link))} enable`);
}

export async function disable(link: Link, client: pg.Client): Promise<void> {
  await client.query(`alter subscription ${pg.escapeIdentifier(nameOf(link))} disable`);
}

/** The slot stays: it may be away, or be needed. */
export async function unsubscribe(link: Link): Promise<void> {
  await on(link.subscriber, async (client) => {
    if ((await subscriptionOf(client, link)) === undefined) return;
    const name = pg.escapeIdentifier(nameOf(link));
    await client.query(`alter subscription ${name} disable`);
    await client.query(`alter subscription ${name} set (slot_name = none)`);
    await client.query(`drop subscription ${name}`);
  });
}

/** Ends the flow at both ends. */
export async function cut(link: Link): Promise<void> {
  await unsubscribe(link);
  await link.publisher.forgetSlot(nameOf(link));
  await dropSlot(link);
}

export async function subscriptionOf(client: pg.Client, link: Link): Promise<{ enabled: boolean } | undefined> {
  const [found] = await rows<{ enabled: boolean }>(
    client,
    `select subenabled as enabled from pg_subscription
      where subname = $1 and subdbid = (select oid from pg_database where datname = current_database())`,
    [nameOf(link)],
  );
  return found;
}

/**
 * PostgreSQL waits for ever for a publisher that takes its connection and says nothing, as a balancer may in a failover: who
 * has connected for so long is ended, and the server begins another.
 */
export async function endHanging(client: pg.Client, link: Link): Promise<void> {
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where pid = (select pid from pg_stat_subscription where subname = $1 and relid is null)
        and wait_event ilike 'LibPQWalReceiverConnect' and backend_start < clock_timestamp() - interval '10 seconds'`,
    [nameOf(link)],
  );
}

export interface Lag {
  /** WAL that the publisher has and the subscriber has not confirmed. */
  readonly bytes: number;
  /** The subscriber is connected. */
  readonly active: boolean;
  /** reserved, extended, unreserved, lost; undefined before version 13. */
  readonly walStatus?: string;
}

/** Undefined: there is no slot. */
export async function lagOf(link: Link, client: pg.Client): Promise<Lag | undefined> {
  const status = (await versionOf(client)) >= 130_000 ? "wal_status" : "null";
  const [found] = await rows<Lag>(
    client,
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::float8 as bytes, active, ${status} as "walStatus"
       from pg_replication_slots where slot_name = $1`,
    [nameOf(link)],
  );
  return found;
}

export async function versionOf(client: pg.Client): Promise<number> {
  const [found] = await rows<{ version: string }>(client, "select current_setting('server_version_num') as version");
  return Number(found?.version);
}
