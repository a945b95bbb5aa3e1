/**
 * A process of its own that makes a slot and keeps the snapshot it gives out: such a snapshot lasts as long as the session
 * it was made in, so an interrupted load finds it again. Told on standard input what to do; tells the snapshot on standard
 * output; ends with its session, which the load, or `abandon`, ends at the server.
 */
import pg from "pg";
import { type Answer, KEEPER, type Order } from "./snapshot";

/** A keeper that nobody comes back to holds up the source's vacuum: it gives up after a day. */
const LONGEST = 24 * 3_600_000;

async function main(): Promise<void> {
  const { config, slot } = JSON.parse(await input()) as Order;
  // Node's client sends it as it is given; its types know no walsenders.
  const walsender = { ...config, replication: "database", application_name: KEEPER, keepAlive: true };
  const client = new pg.Client(walsender as pg.ClientConfig);
  client.on("error", () => process.exit(0)).on("end", () => process.exit(0));
  await client.connect();
  await client.query("SET idle_in_transaction_session_timeout = 0");
  const made = await client.query<{ snapshot_name: string }>(
    `CREATE_REPLICATION_SLOT ${pg.escapeIdentifier(slot)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
  );
  const answer: Answer = { snapshot: made.rows[0]?.snapshot_name ?? "" };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  setTimeout(() => process.exit(0), LONGEST);
}

async function input(): Promise<string> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) text += part;
  return text;
}

main().catch((error: unknown) => {
  const answer: Answer = { error: (error as Error).message };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  process.exit(1);
});
