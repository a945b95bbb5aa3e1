import { isDeepStrictEqual } from "node:util";
import { field, group, type OptionFields } from "../spec/fields";
import { boolean, port, text } from "../spec/kinds";
import type { Spec } from "../spec/spec";
import { type MonitoringOptions, monitoringFields, monitoringProblems } from "./monitoringOptions";
import type { MachineSize } from "./parameters";
import { MAX_MEMBERS } from "./provider/place";
import {
  absolutePath,
  type RepositoryOptions,
  repositoryFields,
  repositoryProblems,
  repositoryTarget,
} from "./repositories";

/** `license-db:local`: what only one machine needs to be told. */
export interface LocalOptions {
  readonly folder?: string;
  readonly backupFolder?: string;
  readonly host?: string;
  readonly readerPort?: number;
  readonly adopt: boolean;
  readonly repositories: { readonly daily: RepositoryOptions; readonly archive: RepositoryOptions };
  readonly monitoring: MonitoringOptions;
}

const host = text({
  type: "host",
  shape: /^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/,
  allowed: "a host name or an address",
  mend: "Write the name or the address alone.",
});

export const localOptions: OptionFields<LocalOptions> = {
  folder: field(absolutePath, {
    doc: "Where the cluster lives. Without it: `clusters/NAME` in the state folder. A running cluster is not moved.",
    optional: true,
    example: "/srv/license-db",
  }),
  backupFolder: field(absolutePath, {
    doc: "Where repositories on this machine are kept; best on another disk. Without it: `backups` in the state folder.",
    optional: true,
    example: "/mnt/backup",
  }),
  host: field(host, {
    doc: "The name clients are told to connect to. Without it: this machine's name where others are let in, else 127.0.0.1.",
    optional: true,
    example: "db.example.com",
  }),
  readerPort: field(port, {
    doc: "The reader's port. Without it: the writer's plus one.",
    requirement: "R3",
    optional: true,
    example: "5433",
  }),
  adopt: field(boolean, {
    doc: "Take over a cluster that is found in the folder and that the stack's state does not know (the state was lost). The application's password is made anew.",
    default: false,
  }),
  repositories: group<LocalOptions["repositories"]>(
    {
      daily: group<RepositoryOptions>(repositoryFields, { doc: "Daily backups and WAL.", requirement: "R14" }),
      archive: group<RepositoryOptions>(repositoryFields, { doc: "The monthly archive.", requirement: "R14" }),
    },
    { doc: "Where backups are kept: in the backup folder, unless another place is named.", requirement: "R14" },
  ),
  monitoring: group<MonitoringOptions>(monitoringFields, {
    doc: "Prometheus and Alertmanager, which watch the cluster and tell people: docs/monitoring.md.",
    requirement: "R16",
  }),
};

const GB = 2 ** 30;
/** What one member needs to start at all, with everything scaled down. */
const LEAST_MEMORY = 0.4 * GB;

/** What one machine cannot do, as sentences. */
export function checkLocal(spec: Spec, options: LocalOptions, machine: MachineSize): string[] {
  const members = spec.replicas + 1;
  const needed = members * LEAST_MEMORY;
  const [daily, archive] = [options.repositories.daily, options.repositories.archive].map(repositoryTarget);
  const gb = (bytes: number) => `${(bytes / GB).toFixed(1)} GB`;
  const rules: readonly [broken: boolean, message: string][] = [
    [members > MAX_MEMBERS, `replicas is ${spec.replicas}: one machine runs at most ${MAX_MEMBERS - 1}`],
    [
      machine.memory < needed,
      `replicas is ${spec.replicas}: ${members} members need ${gb(needed)} of memory, this machine has ${gb(machine.memory)}: ask for fewer replicas`,
    ],
    [
      (options.readerPort ?? spec.access.port + 1) === spec.access.port,
      `local.readerPort is ${options.readerPort}, which is access.port: choose another`,
    ],
    [
      spec.access.allowedSecurityGroups.length > 0,
      "access.allowedSecurityGroups: one machine has no security groups: use access.allowedCidrs",
    ],
    [
      daily !== undefined && isDeepStrictEqual(daily, archive) && spec.backups.archiveRetention > 0,
      "local.repositories.daily and local.repositories.archive are one place, and would mix there: give one another path",
    ],
  ];
  return [
    ...rules.filter(([broken]) => broken).map(([, message]) => message),
    ...repositoryProblems("local.repositories.daily", options.repositories.daily),
    ...repositoryProblems("local.repositories.archive", options.repositories.archive),
    ...monitoringProblems(options.monitoring, spec.alerts.contacts),
  ];
}
