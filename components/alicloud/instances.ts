import * as rds from "@pulumi/alicloud/rds";
import * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { Endpoint } from "../vendor";
import { categoryOf, primaryClass, readOnlyClass, storageGb, storageType } from "./classes";
import type { Keys } from "./keys";
import type { Network, VSwitch } from "./network";
import type { AlicloudOptions } from "./options";
import { alicloudParameters } from "./parameters";
import { hasProxy } from "./proxy";
import type { Site } from "./site";
import { windowInServiceTime } from "./windows";

/** R3, R4: the members. */
export interface Instances {
  /** With its standby, where there is one: both are one instance. */
  readonly primary: rds.Instance;
  readonly replicas: readonly rds.ReadOnlyInstance[];
  /** Straight to the instance: TLS that a client can verify. */
  readonly writer: pulumi.Output<Endpoint>;
  /** One of each replica. */
  readonly readers: readonly pulumi.Output<Endpoint>[];
  /** What must be done before the service takes another order on these instances. */
  readonly ready: readonly pulumi.Resource[];
}

/** R15: seconds between two figures of the instance. */
const MONITORING_PERIOD = 60;
/** CIS 6.4: days for which the SQL audit is kept, of those that RDS offers. */
const AUDIT_DAYS = 180;
/** "Nobody": what an empty whitelist means to RDS. */
const LOOPBACK = "127.0.0.1";

/** The provider waits minutes between its looks at an instance, and a restart for a parameter comes on top. */
const customTimeouts: pulumi.CustomTimeouts = { create: "90m", update: "90m", delete: "60m" };

/** The engine's version as RDS names it: it picks the minor version. */
const engineVersion = ({ engine }: Spec): string => `${engine.major}.0`;

/** R19: what to say while an upgrade is announced, for `up` does not do it. */
export const upgradeNotice = ({ name, engine: { upgradeTo } }: Pick<Spec, "name" | "engine">): string | undefined =>
  upgradeTo === undefined
    ? undefined
    : `${name}: an instance that is there already keeps its version, whatever engine.version says. RDS upgrades it to ${upgradeTo} as another instance; docs/alicloud.md has the steps ("A major version")`;

/**
 * Whether the primary turns away what is not TLS. The database proxy may speak plain text to the instance, and where there
 * is one, TLS is offered alone.
 */
export const forcesTls = (spec: Pick<Spec, "replicas">, options: Pick<AlicloudOptions, "proxy">): boolean =>
  !hasProxy(spec, options);

/** R3, R4: a primary with its standby in a second zone, and readers. */
export function createInstances(site: Site, network: Network, keys: Keys): Instances {
  const announced = upgradeNotice(site.spec);
  if (announced !== undefined) void pulumi.log.warn(announced, site.parent);
  const primary = createPrimary(site, network, keys);
  const replicas: rds.ReadOnlyInstance[] = [];
  for (const [index, place] of network.replicas.entries()) {
    // One after the other: RDS takes no order on a primary that is being copied.
    replicas.push(createReplica(site, network, primary, place, index + 1, replicas));
  }
  return {
    primary,
    replicas,
    writer: endpointOf(primary),
    readers: replicas.map(endpointOf),
    ready: [primary, ...replicas],
  };
}

function createPrimary(site: Site, network: Network, keys: Keys): rds.Instance {
  const { spec, options } = site;
  const highlyAvailable = categoryOf(spec) === "HighAvailability";
  const places = network.standby ? [network.primary, network.standby] : [network.primary];
  return new rds.Instance(
    site.name("primary"),
    {
      instanceName: spec.name,
      engine: "PostgreSQL",
      engineVersion: engineVersion(spec),
      category: categoryOf(spec),
      instanceType: primaryClass(spec, options),
      dbInstanceStorageType: storageType(options),
      instanceStorage: storageGb(spec),
      instanceChargeType: "Postpaid",
      // With all of these known, the provider asks nobody where a switch is.
      vpcId: network.vpcId,
      vswitchId: pulumi.all(places.map(({ id }) => id)).apply((ids) => ids.join(",")),
      zoneId: network.primary.zone,
      ...(network.standby ? { zoneIdSlaveA: network.standby.zone } : {}),
      port: String(spec.access.port),
      securityIps: whitelist(network),
      securityGroupIds: [network.securityGroupId, ...network.clientGroupIds],
      // Never "Update", which stays in the state and renews the certificate with every change.
      sslAction: "Open",
      caType: "aliyun",
      pgHbaConfs: [whoMayLogIn(site)],
      ...keys.disk,
      ...(options.encryption.tde ? { tdeStatus: "Enabled", tdeEncryptionKey: keys.data.id } : {}),
      ...(highlyAvailable ? { haConfig: "Auto" } : {}),
      maintainTime: windowInServiceTime(spec.maintenance.window, new Date()),
      autoUpgradeMinorVersion: spec.maintenance.minorVersions === "automatic" ? "Auto" : "Manual",
      monitoringPeriod: MONITORING_PERIOD,
      sqlCollectorStatus: "Enabled",
      sqlCollectorConfigValue: AUDIT_DAYS,
      storageAutoScale: "Disable",
      deletionProtection: spec.deletionProtection,
      parameters: [...alicloudParameters(spec).send],
      forceRestart: true,
      tags: site.tags("primary"),
    },
    site.kept({
      dependsOn: [...keys.ready],
      // Reported back in plain text.
      additionalSecretOutputs: ["serverKey"],
      ignoreChanges: [
        // A failover swaps the two zones, and RDS reports them so: seen as a change, it would replace the database.
        ...["zoneId", "zoneIdSlaveA", "vswitchId"],
        // R19: the provider would call for MySQL's upgrade; PostgreSQL's makes another instance.
        "engineVersion",
      ],
      customTimeouts,
    }),
  );
}

/** The one row of pg_hba.conf: everybody whom the whitelist and the security groups let in at all, by password. */
const whoMayLogIn = ({ spec, options }: Site) => ({
  priorityId: 0,
  type: forcesTls(spec, options) ? "hostssl" : "host",
  database: "all",
  user: "all",
  address: "0.0.0.0/0",
  // Takes SCRAM as well, and the accounts of the service that have no SCRAM verifier.
  method: "md5",
  // Reported back as empty text.
  mask: "",
  option: "",
});

function createReplica(
  site: Site,
  network: Network,
  primary: rds.Instance,
  place: VSwitch,
  number: number,
  before: readonly rds.ReadOnlyInstance[],
): rds.ReadOnlyInstance {
  const { spec, options } = site;
  const what = `reader-${number}`;
  return new rds.ReadOnlyInstance(
    site.name(what),
    {
      instanceName: site.name(what),
      masterDbInstanceId: primary.id,
      engineVersion: engineVersion(spec),
      instanceType: readOnlyClass(spec, options),
      dbInstanceStorageType: storageType(options),
      instanceStorage: storageGb(spec),
      instanceChargeType: "Postpaid",
      zoneId: place.zone,
      vswitchId: place.id,
      securityIps: whitelist(network),
      sslEnabled: 1,
      caType: "aliyun",
      deletionProtection: spec.deletionProtection,
      parameters: [...alicloudParameters(spec).sendToReaders],
      forceRestart: true,
      tags: site.tags(what),
    },
    site.kept({ dependsOn: [...before], additionalSecretOutputs: ["serverKey"], customTimeouts }),
  );
}

const whitelist = (network: Network): string[] => (network.whitelist.length > 0 ? [...network.whitelist] : [LOOPBACK]);

const endpointOf = ({ connectionString, port }: rds.Instance | rds.ReadOnlyInstance): pulumi.Output<Endpoint> =>
  pulumi.all([connectionString, port]).apply(([host, at]) => ({ host, port: Number(at) }));
