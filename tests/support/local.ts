import type { Registered } from "./program";
import type { Expectations } from "./vendors";

const type = (name: string) => `localpg:index:${name}`;
const [machine, authority, cluster, database, backups, entryPoint, monitoring] = [
  "Machine",
  "CertificateAuthority",
  "Cluster",
  "ApplicationDatabase",
  "BackupRepository",
  "EntryPoint",
  "Monitoring",
].map(type) as [string, string, string, string, string, string, string];

const PASSWORD = "the-application's-password";
const CIPHER_PASS = "the-backups'-pass-phrase";

const ports = { writer: 5432, reader: 5433, balancedWriter: 25_402, balancedReader: 25_403 };
const morePorts = { etcdClient: 25_404, etcdPeer: 25_405, postgres: 25_409, patroni: 25_419 };

/** What `vendor: local` registers for what is asked. */
export const expectations: Expectations = {
  configuration: {},
  stacks: ["local", "dev", "prod"],
  sometimes: [],
  refuses: {},
  otherwise: {},
  scenarios: [],
  furtherOutputs: [],
  splits: () => true,
  order: [machine, authority, cluster, database, backups, entryPoint, monitoring],
  kept: [machine, authority, cluster, database, backups, entryPoint],
  needs: {
    [authority]: [machine],
    [cluster]: [machine, authority],
    [database]: [machine, cluster],
    [backups]: [machine, cluster],
    [entryPoint]: [machine, cluster, database],
    [monitoring]: [machine, cluster, database],
  },
  secretOutputs: { [database]: ["password"], [backups]: ["cipherPass"] },
  outputs: {
    [machine]: ({ name, folder, backupFolder }) => ({
      place: { name, folder, backupFolder, clusterId: "0123abcd", ports: { ...ports, ...morePorts } },
      startsWithMachine: "no: a test",
    }),
    [authority]: () => ({ caCertificate: "-----BEGIN CERTIFICATE-----\n", validUntil: "2027-01-01T00:00:00.000Z" }),
    [cluster]: ({ memberCount }) => ({
      members: Array.from({ length: Number(memberCount) }, (_, index) => `member-${index + 1}`),
      systemIdentifier: "7500000000000000001",
      version: "15.18",
    }),
    [database]: () => ({ password: PASSWORD }),
    [backups]: ({ place }) => ({ cipherPass: CIPHER_PASS, location: JSON.stringify(place) }),
    [entryPoint]: ({ host }) => ({
      writer: { host, port: ports.writer },
      reader: { host, port: ports.reader },
      directWriter: { host, port: ports.balancedWriter },
      directReader: { host, port: ports.balancedReader },
    }),
    [monitoring]: () => ({
      endpoints: {
        prometheus: { host: "127.0.0.1", port: 25_429 },
        alertmanager: { host: "127.0.0.1", port: 25_430 },
      },
      notRunning: "",
    }),
  },
  secrets: [PASSWORD, CIPHER_PASS],

  read(resources) {
    const made = inputsOf<{ preferredWriterPort: number }>(resources, machine);
    const members = inputsOf<{
      memberCount: number;
      synchronous: boolean;
      finalBackup: boolean;
      cidrs: string[];
      parameters: Record<string, string>;
    }>(resources, cluster);
    const application = inputsOf<{ database: string; username: string }>(resources, database);
    const kept = inputsOf<{ retention: number; archiveRetention: number; dailyAt: string; timeZone: string }>(
      resources,
      backups,
    );
    return {
      members: members.memberCount,
      synchronous: members.synchronous,
      protected: resources.filter((one) => this.kept.includes(one.type)).every(({ protect }) => protect),
      finalBackup: members.finalBackup,
      database: application.database,
      username: application.username,
      port: made.preferredWriterPort,
      openTo: members.cidrs,
      backupsKept: kept.retention,
      // All WAL is kept as long as the backups.
      pointInTime: kept.retention,
      archivesKept: kept.archiveRetention,
      backupAt: `${kept.dailyAt} ${kept.timeZone}`,
      parameters: members.parameters,
    };
  },
};

function inputsOf<T>(resources: readonly Registered[], wanted: string): T {
  const found = resources.filter((resource) => resource.type === wanted);
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${wanted}, not 1`);
  return found[0]?.inputs as T;
}
