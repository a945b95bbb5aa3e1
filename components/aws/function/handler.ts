/**
 * The function that sets the application's database up from inside the VPC, where `pulumi up` cannot reach. It runs in
 * AWS Lambda; `bundle.ts` makes one file of it. Any number of runs leave the same, and only the first changes something.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ensureDatabase } from "./database";
import type { Done, SetUp } from "./event";
import { patience, persist } from "./patience";
import { applicationPassword, masterCredentials, pendingPassword } from "./secrets";

/** @throws Error in words, without a secret: Lambda logs it, and `pulumi up` shows it. */
export async function handler(asked: SetUp): Promise<Done> {
  const ca = readFileSync(join(__dirname, "ca.pem"), "utf8");
  const secrets = new SecretsManagerClient({
    endpoint: asked.secretsUrl,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 },
  });
  const done: string[] = [];
  const did = (what: string) => void done.push(what);
  const passwords = {
    current: () => applicationPassword(secrets, asked, did),
    pending: () => pendingPassword(secrets, asked),
  };
  try {
    await persist(async () => {
      const master = await masterCredentials(secrets, asked);
      await ensureDatabase({ asked, ca }, master, passwords, did);
    }, patience);
  } catch (error) {
    // Nothing but the words: errors of clients carry requests and queries with them.
    const { name, message, code } = error as { name?: string; message?: string; code?: string };
    const kind = code ?? name;
    throw new Error(
      `Setting up ${asked.database} for ${asked.username} on ${asked.host} failed` +
        `${done.length > 0 ? ` after: ${done.join("; ")}` : ""}. ${message}${kind ? ` (${kind})` : ""}`,
    );
  }
  console.info(JSON.stringify({ done }));
  return { done };
}
