import type * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { LocalInstances } from "./instances";
import { type LocalNetwork, listenAddresses, namesOfMembers, publicHost } from "./network";
import type { LocalOptions } from "./options";
import { EntryPoint } from "./resources";
import type { LocalSecrets } from "./secrets";

/** The poolers and the balancer: the way in. */
export const createProxy = (
  spec: Spec,
  options: LocalOptions,
  network: LocalNetwork,
  instances: LocalInstances,
  secrets: LocalSecrets,
  parent: pulumi.Resource,
) =>
  new EntryPoint(
    `${spec.name}-entry-point`,
    {
      place: network.place,
      members: namesOfMembers(spec),
      database: spec.access.database,
      username: spec.access.username,
      password: secrets.password,
      listen: listenAddresses(spec),
      host: publicHost(spec, options),
      cidrs: [...spec.access.allowedCidrs],
      serverConnections: spec.pool.serverConnections,
      clientConnections: spec.pool.clientConnections,
    },
    // It holds no data, but the engine would take it down before it comes to what refuses to be deleted.
    { parent, dependsOn: instances, protect: spec.deletionProtection },
  );
