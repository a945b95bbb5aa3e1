import pg from "pg";
import { setVerifier } from "../../components/bootstrap/applicationDatabase";
import { scramVerifier } from "../../components/bootstrap/scram";
import { direct, verified } from "../cli/connections";
import type { Stack } from "../cli/stack";

/** Whether the application gets in with the password of the outputs. @throws what else is in its way. */
export async function passwordFits(stack: Stack): Promise<boolean> {
  const client = new pg.Client({
    ...direct(stack, "writer"),
    ...verified(stack),
    database: stack.database,
    user: stack.username,
    password: stack.password,
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "28P01") return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The server learns the verifier of the password that the outputs tell, and not the password. */
export async function setPassword(client: pg.Client, { username, password = "" }: Stack): Promise<void> {
  await client.query(setVerifier(username, scramVerifier(password)));
}
