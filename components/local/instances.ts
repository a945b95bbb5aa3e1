import type * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { LocalKeys } from "./keys";
import { type LocalNetwork, listenAddresses, members } from "./network";
import { Cluster } from "./resources";

/** The primary and its replicas. */
export const createInstances = (
  spec: Spec,
  parameters: Readonly<Record<string, string>>,
  network: LocalNetwork,
  keys: LocalKeys,
  parent: pulumi.Resource,
) =>
  new Cluster(
    `${spec.name}-cluster`,
    {
      place: network.place,
      major: `${spec.engine.major}`,
      memberCount: members(spec),
      synchronous: spec.synchronousReplication,
      parameters,
      listen: listenAddresses(spec).join(","),
      cidrs: [...spec.access.allowedCidrs],
      database: spec.access.database,
      username: spec.access.username,
      finalBackup: spec.backups.finalBackup,
    },
    { parent, dependsOn: keys, protect: spec.deletionProtection },
  );

export type LocalInstances = ReturnType<typeof createInstances>;
