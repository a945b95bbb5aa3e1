import pg from "pg";
import { secretsManager } from "../client/sources";
import { direct, verified } from "./connections";
import { EXIT, OperationError } from "./exit";
import type { Stack } from "./stack";

/**
 * A session of its own as the application's role: for work on its tables, which on a cloud the administrator may not
 * even read.
 */
export async function asApplication<T>(stack: Stack, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    ...direct(stack, "writer"),
    ...verified(stack),
    database: stack.database,
    user: stack.username,
    password: await passwordOf(stack),
    application_name: "license-db",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function passwordOf({ name, password, passwordSecret, writer }: Stack): Promise<string> {
  if (password !== undefined) return password;
  if (passwordSecret?.startsWith("arn:"))
    return (await secretsManager({ secretId: passwordSecret }).login(writer)).password;
  throw new OperationError(
    EXIT.usage,
    `The password of stack ${name} is kept by KMS on Alibaba Cloud, whose SDK is not used here: run this with the ` +
      "password in the stack (without alicloud.encryption.kmsInstanceId), or do it in SQL (docs/operations.md, bootstrap).",
  );
}
