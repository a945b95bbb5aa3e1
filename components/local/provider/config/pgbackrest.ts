import { type Place, paths } from "../place";

/** Where one repository is kept. */
export type RepositoryTarget =
  | { readonly type: "posix"; readonly path: string }
  | {
      readonly type: "s3";
      readonly path: string;
      readonly bucket: string;
      readonly endpoint: string;
      readonly region: string;
      readonly accessKey: string;
      readonly secretKey: string;
      /** PEM file that verifies the endpoint; the system's certificates when absent. */
      readonly caFile?: string;
      readonly uriStyle: "host" | "path";
    }
  | {
      readonly type: "sftp";
      readonly path: string;
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly privateKeyFile: string;
      /** SHA-256 fingerprint of the host's key, base64 as ssh-keygen prints it. */
      readonly hostFingerprint: string;
    };

export interface BackupOptions {
  readonly members: readonly string[];
  /** Days. */
  readonly retention: number;
  /** Days; 0: no archive repository. */
  readonly archiveRetention: number;
  readonly daily: RepositoryTarget;
  readonly archive: RepositoryTarget;
  /** Encrypts the repositories. */
  readonly cipherPass: string;
}

type Lines = Record<string, string | number>;

function target(number: number, repository: RepositoryTarget): Lines {
  const key = (name: string) => `repo${number}-${name}`;
  const common: Lines = { [key("type")]: repository.type, [key("path")]: repository.path };
  switch (repository.type) {
    case "posix":
      return common;
    case "s3": {
      // An endpoint may carry a port of its own.
      const [host = repository.endpoint, port] = repository.endpoint.split(":");
      return {
        ...common,
        [key("s3-bucket")]: repository.bucket,
        [key("s3-endpoint")]: host,
        ...(port ? { [key("storage-port")]: port } : {}),
        [key("s3-region")]: repository.region,
        [key("s3-key")]: repository.accessKey,
        [key("s3-key-secret")]: repository.secretKey,
        [key("s3-uri-style")]: repository.uriStyle,
        ...(repository.caFile ? { [key("storage-ca-file")]: repository.caFile } : {}),
      };
    }
    case "sftp":
      return {
        ...common,
        [key("sftp-host")]: repository.host,
        [key("sftp-host-port")]: repository.port,
        [key("sftp-host-user")]: repository.user,
        [key("sftp-private-key-file")]: repository.privateKeyFile,
        [key("sftp-host-key-hash-type")]: "sha256",
        [key("sftp-host-key-check-type")]: "fingerprint",
        [key("sftp-host-fingerprint")]: Buffer.from(repository.hostFingerprint, "base64").toString("hex"),
      };
  }
}

const section = (name: string, lines: Lines): string =>
  `[${name}]\n${Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("")}`;

/**
 * Repository 1 takes the daily full backup and all WAL. Repository 2 takes one full backup a month; by time, not by
 * count, so that a backup more never pushes an archive out early, and with just the WAL each archive needs.
 */
export function renderPgbackrest(place: Place, options: BackupOptions): string {
  const global: Lines = {
    ...target(1, options.daily),
    "repo1-cipher-type": "aes-256-cbc",
    "repo1-cipher-pass": options.cipherPass,
    "repo1-retention-full-type": "time",
    "repo1-retention-full": options.retention,
    "repo1-bundle": "y",
    ...(options.archiveRetention > 0
      ? {
          ...target(2, options.archive),
          "repo2-cipher-type": "aes-256-cbc",
          "repo2-cipher-pass": options.cipherPass,
          "repo2-retention-full-type": "time",
          "repo2-retention-full": options.archiveRetention,
          "repo2-retention-archive-type": "full",
          "repo2-retention-archive": 1,
          "repo2-bundle": "y",
        }
      : {}),
    "log-path": paths(place.folder).log,
    "log-level-console": "warn",
    "log-level-file": "info",
    "lock-path": paths(place.folder).run,
    "spool-path": paths(place.folder).pgbackrestSpool,
    // Pushing side by side keeps the archive close behind a primary that writes hard.
    "archive-async": "y",
    "process-max": 2,
    "compress-type": "lz4",
    "start-fast": "y",
    delta: "y",
  };
  return [section("global", global), section(place.name, stanzaMembers(place, options.members))].join("\n");
}

function stanzaMembers(place: Place, members: readonly string[]): Lines {
  return Object.fromEntries(
    members.flatMap((member, index) => {
      const own = paths(place.folder).member(member);
      return [
        [`pg${index + 1}-path`, own.data],
        [`pg${index + 1}-port`, place.ports.postgres + Number(member.split("-")[1])],
        [`pg${index + 1}-socket-path`, own.socket],
        [`pg${index + 1}-user`, "postgres"],
      ];
    }),
  );
}
