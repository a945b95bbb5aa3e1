import { freeBytes } from "../../components/local/provider/host/fileSystem";
import { onMember } from "../../components/local/provider/host/sql";
import type { Major } from "../../components/spec/spec";
import { size } from "../backup/info";
import type { LocalCluster } from "../cli/local";
import { membersOf } from "../restore/stopped";

/** What an upgrade depends on. */
export interface Facts {
  readonly from: string;
  readonly to: string;
  /** Bytes of all databases. */
  readonly bytes: number;
  /** Bytes free where the data lies. */
  readonly free: number;
  readonly logicalSlots: readonly string[];
  readonly tablespaces: readonly string[];
  /** Members that are no streaming replica and not the primary. */
  readonly notStreaming: readonly string[];
}

export async function facts(cluster: LocalCluster, to: string): Promise<Facts> {
  const { place } = cluster;
  const [leader, view] = [await cluster.primary(), await cluster.view()];
  // Patroni goes on telling of a member that was taken away, for half a minute.
  const members = await membersOf(place);
  const [row] = await onMember(place, leader, async (client) => {
    const { rows } = await client.query<Omit<Facts, "to" | "free" | "notStreaming" | "bytes"> & { bytes: string }>(
      `select (current_setting('server_version_num')::int / 10000)::text as "from",
              (select sum(pg_database_size(oid)) from pg_database)::text as bytes,
              array(select slot_name::text from pg_replication_slots where slot_type = 'logical' and not temporary) as "logicalSlots",
              array(select spcname::text from pg_tablespace where spcname not like 'pg\\_%') as tablespaces`,
    );
    return rows;
  });
  if (row === undefined) throw new Error("PostgreSQL said nothing of itself");
  return {
    ...row,
    to,
    bytes: Number(row.bytes),
    free: await freeBytes(place.folder),
    notStreaming: view
      .filter(({ name, state }) => members.includes(name) && name !== leader && state !== "streaming")
      .map(({ name }) => name),
  };
}

/** What a stack's configuration can ask for (engine.version). */
const TARGETS: readonly `${Major}`[] = ["16", "17"];

/** WAL, catalogs of the new version, and room to move. */
const SPARE = 2 ** 30;

/** Why the upgrade cannot be: everything at once, each with how to mend it. */
export function obstacles({ from, to, bytes, free, logicalSlots, tablespaces, notStreaming }: Facts): string[] {
  const known = TARGETS.filter((major) => Number(major) > Number(from));
  const rules: readonly [boolean, string][] = [
    [to === from, `The database runs PostgreSQL ${from} already.`],
    [
      to !== from && !(known as readonly string[]).includes(to),
      `--to is "${to}": from PostgreSQL ${from} it takes ${known.join(" or ") || "nothing: there is no later one that this program knows"}.`,
    ],
    [
      logicalSlots.length > 0,
      `The logical replication slots ${logicalSlots.join(", ")} would be lost, and what their subscribers have not read with them: let them finish (npx license-db migrate), then drop the slots.`,
    ],
    [
      tablespaces.length > 0,
      `The tablespaces ${tablespaces.join(", ")} are outside the members' folders: move what is in them to pg_default.`,
    ],
    [
      notStreaming.length > 0,
      `${notStreaming.join(", ")} does not stream from the primary: wait until it does (npx license-db status).`,
    ],
    [
      free < bytes + SPARE,
      `The disk is too small: the old data is kept for the way back, so ${size(bytes + SPARE)} are needed, ${size(free)} are free.`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, message]) => message);
}
