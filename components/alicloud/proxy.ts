import * as rds from "@pulumi/alicloud/rds";
import * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { Endpoint } from "../vendor";
import type { Backups } from "./backups";
import type { Instances } from "./instances";
import type { Network } from "./network";
import type { AlicloudOptions } from "./options";
import type { Secrets } from "./secrets";
import type { Site } from "./site";

/** The ways in. */
export interface EntryPoint {
  readonly writer: pulumi.Output<Endpoint>;
  readonly reader: pulumi.Output<Endpoint>;
  /** "reader-1"…: each replica; "proxy": the database proxy, where there is one. */
  readonly endpoints: pulumi.Output<Record<string, Endpoint>>;
  /** The database proxy, where there is one. */
  readonly ready: readonly pulumi.Resource[];
}

/** So that one may be lost or replaced. */
const PROXIES = 2;
/** R16, where the spec has no figure: seconds a reader may lag before the proxy leaves it alone. */
const MOST_LAG = 30;

/** It parts reads from writes: without readers there is nothing to part. */
export const hasProxy = (spec: Pick<Spec, "replicas">, options: Pick<AlicloudOptions, "proxy">): boolean =>
  options.proxy && spec.replicas > 0;

/**
 * R5: the ways in. `writer` and `reader` are the instances' own names, which their certificates are for, and which stay
 * over a failover; the database proxy, whose certificate nobody can verify on PostgreSQL, is one more way beside them.
 */
export function createProxy(
  site: Site,
  network: Network,
  instances: Instances,
  secrets: Secrets,
  backups: Pick<Backups, "ready">,
): EntryPoint {
  const readers = instances.readers.map((reader, index) => [`reader-${index + 1}`, reader] as const);
  const pools = hasProxy(site.spec, site.options)
    ? [createPool(site, network, instances, [...secrets.ready, ...backups.ready])]
    : [];
  const proxied = pools.map((pool) => ["proxy", endpointOf(pool)] as const);
  return {
    writer: instances.writer,
    reader: instances.readers[0] ?? instances.writer,
    endpoints: pulumi.all(Object.fromEntries([...readers, ...proxied])),
    ready: pools,
  };
}

function createPool(
  site: Site,
  network: Network,
  instances: Instances,
  after: readonly pulumi.Resource[],
): rds.RdsDbProxy {
  return new rds.RdsDbProxy(
    site.name("proxy"),
    {
      instanceId: instances.primary.id,
      dbProxyInstanceType: "common",
      dbProxyInstanceNum: PROXIES,
      instanceNetworkType: "VPC",
      vpcId: network.vpcId,
      vswitchId: network.primary.id,
      dbProxyEndpointReadWriteMode: "ReadWrite",
      // As the service spells it.
      dbProxyFeatures: "ReadWriteSpliting:1",
      // By the readers' size, which is one and the same, and right again when one is added.
      readOnlyInstanceDistributionType: "Standard",
      readOnlyInstanceMaxDelayTime: site.spec.alerts.thresholds.replicationLag?.above ?? MOST_LAG,
    },
    // Deleted before what it waits for here: the instances cannot go while it is there.
    site.kept({ dependsOn: [...instances.ready, ...after] }),
  );
}

const endpointOf = (proxy: rds.RdsDbProxy): pulumi.Output<Endpoint> =>
  pulumi.all([proxy.dbProxyConnectionString, proxy.dbProxyConnectStringPort]).apply(([host, port]) => ({ host, port }));
