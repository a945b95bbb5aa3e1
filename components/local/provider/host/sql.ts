import pg from "pg";
import { memberPorts, type Place, paths } from "../place";

/**
 * Works on one member as the superuser, through its unix socket: the operating system vouches for us, there is no
 * password to keep.
 */
export async function onMember<T>(
  place: Place,
  member: string,
  work: (client: pg.Client) => Promise<T>,
  database = "postgres",
): Promise<T> {
  const client = new pg.Client({
    host: paths(place.folder).member(member).socket,
    port: memberPorts(place.ports, member).postgres,
    user: "postgres",
    database,
    application_name: "license-db provider",
    connectionTimeoutMillis: 3_000,
    query_timeout: 30_000,
  });
  client.on("error", () => {}); // a member that dies under us makes the running query fail; that is enough
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
