import { Client } from "pg";
import { askPatroni, wakePatroni } from "../../components/local/provider/host/patroni";
import { waitFor } from "../../components/local/provider/host/wait";
import { EXIT, OperationError } from "../cli/exit";
import type { LocalCluster } from "../cli/local";

interface DynamicConfig {
  readonly slots?: Readonly<Record<string, unknown>>;
  readonly ignore_slots?: readonly { readonly name?: string }[];
  /** It leaves slots as they are meanwhile. */
  readonly pause?: boolean;
}

/**
 * Patroni drops slots it does not know, and keeps those it knows on every member, moving them on as the primary's move: so
 * a subscriber goes on with the next primary. A slot that gives out its snapshot has to be made by ourselves, so Patroni is
 * told first to leave it alone, and then that it is its own.
 */
export function patroniSlots(cluster: LocalCluster, database: string) {
  const read = async (): Promise<DynamicConfig> => {
    const { status, body } = await askPatroni(cluster.place, await cluster.primary(), "GET", "/config");
    if (status !== 200) throw new OperationError(EXIT.failed, `Patroni does not tell its configuration: ${body}`);
    return JSON.parse(body) as DynamicConfig;
  };
  const patch = async (change: object): Promise<void> => {
    const { status, body } = await askPatroni(cluster.place, await cluster.primary(), "PATCH", "/config", change);
    if (status !== 200) throw new OperationError(EXIT.failed, `Patroni does not take its configuration: ${body}`);
  };
  return {
    async expect(slot: string): Promise<void> {
      const { ignore_slots: ignored = [] } = await read();
      if (ignored.some(({ name }) => name === slot)) return;
      await patch({ ignore_slots: [...ignored, { name: slot, type: "logical", database, plugin: "pgoutput" }] });
      await seen(cluster);
    },
    async keep(slot: string): Promise<void> {
      await patch({ slots: { [slot]: { type: "logical", database, plugin: "pgoutput" } } });
    },
    /** Patroni copies it to a standby by restarting that, which takes it seconds. */
    async everywhere(slot: string): Promise<void> {
      const members = async () => (await cluster.view()).map(({ name }) => name);
      const lacking = async (): Promise<string[]> => {
        const all = await members();
        const found = await Promise.all(all.map((member) => hasSlot(cluster, member, slot)));
        return all.filter((_, index) => !found[index]);
      };
      const there = async (): Promise<boolean> => {
        if ((await lacking()).length === 0) return true;
        await Promise.all((await members()).map((member) => wakePatroni(cluster.place, member)));
        return false;
      };
      await waitFor(there, {
        timeout: 180_000,
        interval: 500,
        what: `the slot ${slot} on every member (a failover would lose it)`,
        evidence: async () => `without it: ${(await lacking()).join(", ")}`,
      });
    },
    /** Returns when it is gone: dropped before Patroni has looked, it might be made once more. */
    async forget(slot: string): Promise<void> {
      const { slots = {}, ignore_slots: ignored = [], pause = false } = await read();
      const others = ignored.filter(({ name }) => name !== slot);
      if (!(slot in slots) && others.length === ignored.length) return;
      await patch({ slots: { [slot]: null }, ignore_slots: others.length > 0 ? others : null });
      if (pause) return seen(cluster);
      await waitFor(() => dropped(cluster, slot), {
        timeout: 30_000,
        interval: 200,
        what: `Patroni's dropping of the slot ${slot}`,
      });
    },
  };
}

/** Whether Patroni has dropped it; who still reads from it stands in its way. */
async function dropped(cluster: LocalCluster, slot: string): Promise<boolean> {
  const primary = await cluster.primary();
  if ((await onSlot(cluster, primary, slot, "pg_terminate_backend(active_pid)")) === 0) return true;
  await wakePatroni(cluster.place, primary);
  return false;
}

/** A member that is just being restarted has it not, as far as anybody can see. */
const hasSlot = (cluster: LocalCluster, member: string, slot: string): Promise<boolean> =>
  onSlot(cluster, member, slot, "1").then(
    (found) => found === 1,
    () => false,
  );

/** Evaluates an expression of SQL for a member's slot. @returns how many there are by that name. */
async function onSlot(cluster: LocalCluster, member: string, slot: string, expression: string): Promise<number> {
  const client = new Client({ ...cluster.socketOf(member), database: "postgres", connectionTimeoutMillis: 3_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    const sql = `select ${expression} from pg_replication_slots where slot_name = $1`;
    return (await client.query(sql, [slot])).rowCount ?? 0;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * The primary has looked at its configuration since: Patroni tells that time in whole seconds. Its answers about the whole
 * cluster count as a look as well, so it is asked for none.
 */
async function seen(cluster: LocalCluster): Promise<void> {
  const primary = await cluster.primary();
  const since = Math.floor(Date.now() / 1000);
  await waitFor(
    async () => {
      const { body } = await askPatroni(cluster.place, primary, "GET", "/patroni");
      return ((JSON.parse(body) as { dcs_last_seen?: number }).dcs_last_seen ?? 0) > since;
    },
    { timeout: 30_000, interval: 200, what: "Patroni's look at its configuration" },
  );
}
