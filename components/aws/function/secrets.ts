import {
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager"; // the Lambda runtime has it: only its types and the tests need it here
import { EXCLUDED_CHARACTERS, type SetUp } from "./event";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What AWS's rotation function for PostgreSQL reads, and what many clients do. */
interface ApplicationSecret extends Credentials {
  readonly engine: "postgres";
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  /** Without it the rotation function falls back to plain text. */
  readonly ssl: true;
}

export type Stage = "AWSCURRENT" | "AWSPENDING";

/** The version of a secret in that stage; undefined without one. */
async function read(
  client: SecretsManagerClient,
  secret: string,
  stage: Stage,
): Promise<Record<string, unknown> | undefined> {
  const found = await client
    .send(new GetSecretValueCommand({ SecretId: secret, VersionStage: stage }))
    .catch((error) => {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
      throw error;
    });
  if (!found) return undefined;
  try {
    const value: unknown = JSON.parse(found.SecretString ?? "");
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // What JSON.parse says would show a part of the secret.
  }
  throw new Error(
    `The ${stage} version of ${secret} is not the JSON object of a database secret. ` +
      'Put one with "username" and "password", or move AWSCURRENT back to the version before.',
  );
}

const isCredentials = (value: Record<string, unknown> | undefined): value is Record<string, unknown> & Credentials =>
  typeof value?.username === "string" && typeof value.password === "string" && value.password !== "";

export async function masterCredentials(client: SecretsManagerClient, { masterSecret }: SetUp): Promise<Credentials> {
  const value = await read(client, masterSecret, "AWSCURRENT");
  if (isCredentials(value)) return value;
  throw new Error(`${masterSecret} has no username and password: is it the secret RDS made for the master?`);
}

/** The password a rotation under way is about to make current; undefined without one. */
export async function pendingPassword(client: SecretsManagerClient, asked: SetUp): Promise<string | undefined> {
  const value = await read(client, asked.applicationSecret, "AWSPENDING");
  return isCredentials(value) ? value.password : undefined;
}

/**
 * The application's password as the secret has it. Makes one where there is none, here and not in the program, so that
 * it is in no state; and brings the secret's other fields up to date.
 */
export async function applicationPassword(
  client: SecretsManagerClient,
  asked: SetUp,
  did: (what: string) => void,
): Promise<string> {
  const kept = await read(client, asked.applicationSecret, "AWSCURRENT");
  const password = isCredentials(kept) ? kept.password : await newPassword(client);
  const wanted: ApplicationSecret = {
    engine: "postgres",
    host: asked.host,
    port: asked.port,
    dbname: asked.database,
    username: asked.username,
    password,
    ssl: true,
  };
  const differing = Object.entries(wanted).filter(([field, value]) => kept?.[field] !== value);
  if (differing.length > 0) {
    const SecretString = JSON.stringify({ ...kept, ...wanted });
    await client.send(new PutSecretValueCommand({ SecretId: asked.applicationSecret, SecretString }));
    did(kept ? `secret: ${differing.map(([field]) => field).join(", ")} updated` : "secret: password generated");
  }
  return password;
}

async function newPassword(client: SecretsManagerClient): Promise<string> {
  const { RandomPassword } = await client.send(
    new GetRandomPasswordCommand({
      PasswordLength: 32,
      ExcludeCharacters: EXCLUDED_CHARACTERS,
      RequireEachIncludedType: true,
    }),
  );
  if (!RandomPassword) throw new Error("Secrets Manager answered GetRandomPassword without a password.");
  return RandomPassword;
}
