import { field, group, type OptionFields } from "../spec/fields";
import { integer, oneOf, text } from "../spec/kinds";
import type { RepositoryTarget } from "./provider/config/pgbackrest";
import { PLAIN_PATH, PLAIN_PATH_ALLOWED } from "./provider/place";

/** Where a backup repository is kept; at most one of the three. Nothing: in the backup folder of this machine. */
export interface RepositoryOptions {
  readonly folder?: string;
  readonly s3: {
    readonly bucket?: string;
    readonly endpoint?: string;
    readonly region?: string;
    readonly accessKey?: string;
    readonly secretKey?: string;
    readonly path: string;
    readonly caFile?: string;
    readonly uriStyle: "host" | "path";
  };
  readonly sftp: {
    readonly host?: string;
    readonly port: number;
    readonly user?: string;
    readonly privateKeyFile?: string;
    readonly hostFingerprint?: string;
    readonly path: string;
  };
}

export const absolutePath = text({
  type: "absolute path",
  shape: PLAIN_PATH,
  allowed: PLAIN_PATH_ALLOWED,
  mend: "Write the path from / on; where its name has other characters, name a link to it.",
});
const word = (type: string, shape: RegExp, mend: string) => text({ type, shape, allowed: `${type}, one word`, mend });

const name = word("name", /^[\w.@+-]+$/, "Write it without spaces.");
const endpoint = word("host, with or without :port", /^[\w.-]+(:\d{1,5})?$/, "Leave out https://.");
const credential = word("key", /^[\x21-\x7e]+$/, "Write it without spaces.");
const fingerprint = word("SHA-256 fingerprint", /^[A-Za-z0-9+/]{43}=?$/, "Copy it from ssh-keygen -lf, after SHA256:.");

/** The fields of one repository. */
export const repositoryFields: OptionFields<RepositoryOptions> = {
  folder: field(absolutePath, { doc: "A folder, best on another mount.", optional: true, example: "/mnt/backup" }),
  s3: group<RepositoryOptions["s3"]>(
    {
      bucket: field(name, { doc: "The bucket; it must exist.", optional: true, example: "license-backups" }),
      endpoint: field(endpoint, {
        doc: "The service's host, always over TLS.",
        optional: true,
        example: "s3.eu-central-1.amazonaws.com",
      }),
      region: field(name, { doc: "The bucket's region.", optional: true, example: "eu-central-1" }),
      accessKey: field(credential, { doc: "Set it with --secret.", optional: true, secret: true }),
      secretKey: field(credential, { doc: "Set it with --secret.", optional: true, secret: true }),
      path: field(absolutePath, { doc: "The path inside the bucket.", default: "/license-db" }),
      caFile: field(absolutePath, {
        doc: "PEM file that verifies the endpoint; the system's certificates without it.",
        optional: true,
        example: "/etc/ssl/own-ca.pem",
      }),
      uriStyle: field(oneOf("host", "path"), {
        doc: "Whether the bucket is in the host name or in the path.",
        default: "host",
      }),
    },
    { doc: "S3-compatible storage." },
  ),
  sftp: group<RepositoryOptions["sftp"]>(
    {
      host: field(name, { doc: "The SFTP server.", optional: true, example: "backup.example.com" }),
      port: field(integer({ min: 1, max: 65_535 }, "port"), { doc: "Its port.", default: 22 }),
      user: field(name, { doc: "The user there.", optional: true, example: "license-db" }),
      privateKeyFile: field(absolutePath, {
        doc: "The private key, readable by the database's OS user.",
        optional: true,
        example: "/etc/license-db/backup-key",
      }),
      hostFingerprint: field(fingerprint, {
        doc: "The server's key, as ssh-keygen -lf prints it after SHA256:.",
        optional: true,
        example: "uNiVztksCsDhcc0u9e8BgrJXVGDNkBJOEgUQ7PqHzNA",
      }),
      path: field(absolutePath, { doc: "The path there.", default: "/license-db" }),
    },
    { doc: "An SFTP server (needs pgBackRest 2.46 or newer)." },
  ),
};

const needed = {
  s3: ["bucket", "endpoint", "region", "accessKey", "secretKey"],
  sftp: ["host", "user", "privateKeyFile", "hostFingerprint"],
} as const;

const mentioned = (options: RepositoryOptions, kind: "s3" | "sftp"): boolean =>
  needed[kind].some((key) => key in options[kind]);

/** What is wrong with a repository's options as a whole, as sentences. */
export function repositoryProblems(where: string, options: RepositoryOptions): string[] {
  const kinds = (["s3", "sftp"] as const).filter((kind) => mentioned(options, kind));
  const chosen = [...(options.folder === undefined ? [] : ["folder"]), ...kinds];
  const missing = kinds.flatMap((kind) =>
    needed[kind]
      .filter((key) => !(key in options[kind]))
      .map((key) => `${where}.${kind}.${key} is missing: set it too`),
  );
  return chosen.length > 1 ? [`${where} names ${chosen.join(" and ")}: keep one of them`, ...missing] : missing;
}

/** The repository as pgBackRest takes it; undefined: in this machine's backup folder. Only after `repositoryProblems`. */
export function repositoryTarget(options: RepositoryOptions): RepositoryTarget | undefined {
  const { folder, s3, sftp } = options;
  if (folder !== undefined) return { type: "posix", path: folder };
  if (mentioned(options, "s3")) return { type: "s3", ...s3 } as RepositoryTarget;
  if (mentioned(options, "sftp")) return { type: "sftp", ...sftp } as RepositoryTarget;
  return undefined;
}
