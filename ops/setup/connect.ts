import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "./environment";

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Tells how to connect, from the stack's outputs. The certificate (public) goes to a file, as psql wants it. */
export function howToConnect(outputs: Readonly<Record<string, unknown>>, stack: string, state: string): string {
  const writer = asEndpoint(outputs.writer);
  const reader = asEndpoint(outputs.reader);
  if (writer === undefined || reader === undefined || typeof outputs.caCertificate !== "string") {
    return "";
  }
  const file = writeCertificate(outputs.caCertificate, stack, state);
  return describe(writer, reader, String(outputs.database), String(outputs.username), file, stack);
}

function writeCertificate(certificate: string, stack: string, state: string): string {
  const folder = join(state, "ca");
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const file = join(folder, `${stack.replaceAll("/", "-")}.crt`);
  writeFileSync(file, certificate, { mode: 0o644 });
  return file;
}

function describe(
  writer: Endpoint,
  reader: Endpoint,
  database: string,
  username: string,
  certificate: string,
  stack: string,
): string {
  const connection = ({ host, port }: Endpoint) =>
    quote(
      `host=${host} port=${port} dbname=${database} user=${username} sslmode=verify-full sslrootcert=${certificate}`,
    );
  return [
    "",
    "The license database is up.",
    `  writes   ${writer.host}:${writer.port}`,
    `  reads    ${reader.host}:${reader.port}`,
    `  CA file  ${certificate}`,
    "To connect:",
    '  eval "$(npm run -s env)"',
    `  export PGPASSWORD="$(pulumi stack output password --show-secrets --stack ${stack})"`,
    `  psql ${connection(writer)}`,
    `  psql ${connection(reader)}`,
    "",
    "",
  ].join("\n");
}

function asEndpoint(value: unknown): Endpoint | undefined {
  const { host, port } = (value ?? {}) as Partial<Endpoint>;
  return typeof host === "string" && typeof port === "number" ? { host, port } : undefined;
}
