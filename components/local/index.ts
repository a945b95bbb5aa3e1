import { statfsSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { ClusterOutputs, Endpoint, Vendor } from "../vendor";
import { createAlarms } from "./alarms";
import { createBackups } from "./backups";
import { localCapabilities } from "./capabilities";
import { createInstances } from "./instances";
import { createKeys } from "./keys";
import { createNetwork, listenAddresses } from "./network";
import { checkLocal, type LocalOptions, localOptions } from "./options";
import { localParameters, type MachineSize } from "./parameters";
import { createProxy } from "./proxy";
import { createSecrets } from "./secrets";
import { stateFolder } from "./tools/folders";

/** Real PostgreSQL, Patroni, pooler and backups on one Linux machine. */
export const vendor: Vendor<LocalOptions> = {
  name: "local",
  options: localOptions,
  check: (spec, options) => checkLocal(spec, options, machineSize(options)),
  capabilities: localCapabilities,
  create,
};

function create(spec: Spec, options: LocalOptions, parent: pulumi.ComponentResource): ClusterOutputs {
  const parameters = localParameters(spec, machineSize(options), listenAddresses(spec).join(","));
  const network = createNetwork(spec, options, parent);
  const keys = createKeys(spec, options, network, parent);
  const instances = createInstances(spec, parameters.applied, network, keys, parent);
  const secrets = createSecrets(spec, network, instances, parent);
  createBackups(spec, options, network, instances, parent);
  const proxy = createProxy(spec, options, network, instances, secrets, parent);
  const alarms = createAlarms(spec, options, network, instances, secrets, parent);
  return {
    cluster: network.place.apply(({ folder, backupFolder }) => ({
      kind: "folder" as const,
      id: folder,
      backups: backupFolder,
    })),
    writer: proxy.writer,
    reader: proxy.reader,
    endpoints: pulumi.all([proxy.directWriter, proxy.directReader, alarms?.endpoints ?? {}]).apply(
      ([directWriter, directReader, watching]): Record<string, Endpoint> => ({
        directWriter,
        directReader,
        ...watching,
      }),
    ),
    database: pulumi.output(spec.access.database),
    username: pulumi.output(spec.access.username),
    password: pulumi.secret(secrets.password),
    caCertificate: keys.caCertificate,
    parameters: pulumi.output(parameters.report),
    capabilities: pulumi.output(localCapabilities(spec, options)),
  };
}

function machineSize(options: LocalOptions): MachineSize {
  return { memory: totalmem(), disk: fileSystemSize(options.folder ?? stateFolder()) };
}

/** Size of the file system a folder lies on, or will lie on. */
function fileSystemSize(folder: string): number {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { blocks, bsize } = statfsSync(at);
      return blocks * bsize;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || at === dirname(at)) throw error;
    }
  }
}
