import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as rds from "@pulumi/aws/rds";
import * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { Endpoint } from "../vendor";
import type { Instances } from "./instances";
import type { Keys } from "./keys";
import { logRetentionDays } from "./logs";
import type { Network } from "./network";
import { awsParameters } from "./parameters";
import { readSecrets } from "./readSecrets";
import type { Secrets } from "./secrets";
import type { Site } from "./site";

/** The ways in. */
export interface EntryPoint {
  readonly writer: pulumi.Output<Endpoint>;
  readonly reader: pulumi.Output<Endpoint>;
  /** Of the proxy, where there is one: RDS reports its events under it. */
  readonly proxyName?: pulumi.Output<string>;
  /** Around the proxy, where there is one. */
  readonly endpoints: pulumi.Output<Record<string, Endpoint>>;
}

/** A proxy for PostgreSQL listens here, whatever the database's port is. */
export const PROXY_PORT = 5432;

/**
 * How much of the server's connections the pool may take, and keep while idle: percent of max_connections.
 * The server's own limit is not the pool's: maintenance and whoever comes around the proxy need some.
 */
export function poolSize({ pool }: Pick<Spec, "pool">, maxConnections: number): { most: number; idle: number } {
  const most = Math.min(100, Math.max(1, Math.round((100 * pool.serverConnections) / maxConnections)));
  return { most, idle: Math.floor(most / 2) };
}

/** Seconds, half an hour to eight: longer than an application keeps an idle connection, so that it is the one to close. */
export const idleTimeout = ({ pool }: Pick<Spec, "pool">): number =>
  Math.min(28_800, Math.max(1_800, Math.ceil(2 * pool.application.idleTimeout)));

/** R5: RDS Proxy in front of the writer and, where there is a cluster, of its readers; or no proxy at all. */
export function createProxy(
  site: Site,
  network: Network,
  keys: Keys,
  instances: Instances,
  secrets: Secrets,
): EntryPoint {
  const { writer, reader } = instances;
  if (!site.options.proxy) return { writer, reader, endpoints: named({}) };
  const cluster = instances.topology === "cluster";
  const { proxy, target } = createPool(site, network, keys, instances, secrets);
  const at = (host: pulumi.Output<string>) => host.apply((known) => ({ host: known, port: PROXY_PORT }));
  const proxied = at(proxy.endpoint);
  return {
    proxyName: proxy.name,
    writer: proxied,
    // Only a cluster has something to read from beside the writer.
    reader: cluster ? at(createReadOnlyEndpoint(site, network, proxy, target)) : proxied,
    endpoints: named(cluster ? { directWriter: writer, directReader: reader } : { directWriter: writer }),
  };
}

const named = (endpoints: Record<string, pulumi.Output<Endpoint>>): pulumi.Output<Record<string, Endpoint>> =>
  pulumi.all(endpoints);

function createPool(site: Site, network: Network, keys: Keys, instances: Instances, secrets: Secrets) {
  const { spec } = site;
  const region = site.region.name;
  const name = site.name("proxy");
  const log = new cloudwatch.LogGroup(
    name,
    {
      region,
      // where RDS writes it; without one of that name it makes one itself, without key and end
      name: `/aws/rds/proxy/${name}`,
      retentionInDays: logRetentionDays(site.options.logRetention),
      kmsKeyId: keys.logs.arn,
      tags: site.tags("proxy"),
    },
    site.child(),
  );
  const role = new iam.Role(
    name,
    {
      description: `Lets the proxy of ${spec.name} read the application's password`,
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "rds.amazonaws.com" }, Action: "sts:AssumeRole" }],
      }),
      tags: site.tags("proxy"),
    },
    site.child(),
  );
  const rights = new iam.RolePolicy(
    name,
    {
      role: role.id,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: readSecrets(site, [secrets.passwordSecret], keys.secrets.arn),
      }),
    },
    site.child(),
  );
  const proxy = new rds.Proxy(
    name,
    {
      region,
      name,
      engineFamily: "POSTGRESQL",
      roleArn: role.arn,
      requireTls: true,
      debugLogging: false,
      idleClientTimeout: idleTimeout(spec),
      // What is left out comes back filled in, and shows as a change for ever; but RDS refuses a username beside a secret.
      auths: [
        {
          authScheme: "SECRETS",
          clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
          description: spec.access.username,
          // With IAM the proxy would take no password; who logs in with a token goes to the database itself.
          iamAuth: "DISABLED",
          secretArn: secrets.passwordSecret,
        },
      ],
      vpcSubnetIds: [...network.subnetIds],
      vpcSecurityGroupIds: network.proxyGroup ? [network.proxyGroup] : [],
      tags: site.tags("proxy"),
    },
    site.kept({ dependsOn: [log, rights, ...secrets.ready] }),
  );
  const { most, idle } = poolSize(spec, Number(awsParameters(spec).values.max_connections));
  const group = new rds.ProxyDefaultTargetGroup(
    name,
    {
      region,
      dbProxyName: proxy.name,
      connectionPoolConfig: {
        maxConnectionsPercent: most,
        maxIdleConnectionsPercent: idle,
        // Seconds a query waits for a connection: a failover is over by then, and the query goes through.
        connectionBorrowTimeout: 120,
      },
    },
    site.child(),
  );
  const target = new rds.ProxyTarget(
    name,
    {
      region,
      dbProxyName: proxy.name,
      targetGroupName: group.name,
      ...(instances.topology === "cluster"
        ? { dbClusterIdentifier: instances.identifier }
        : { dbInstanceIdentifier: instances.identifier }),
    },
    site.child(),
  );
  return { proxy, target };
}

function createReadOnlyEndpoint(
  site: Site,
  network: Network,
  proxy: rds.Proxy,
  target: rds.ProxyTarget,
): pulumi.Output<string> {
  return new rds.ProxyEndpoint(
    site.name("read-only"),
    {
      region: site.region.name,
      dbProxyName: proxy.name,
      dbProxyEndpointName: site.name("read-only"),
      targetRole: "READ_ONLY",
      vpcSubnetIds: [...network.subnetIds],
      vpcSecurityGroupIds: network.proxyGroup ? [network.proxyGroup] : [],
      tags: site.tags("read-only"),
    },
    // Only the target says that there is something to read from.
    site.child({ dependsOn: [target] }),
  ).endpoint;
}
