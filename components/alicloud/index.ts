import * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { ClusterOutputs, Vendor } from "../vendor";
import { createAlarms } from "./alarms";
import { createBackups } from "./backups";
import { alicloudCapabilities } from "./capabilities";
import { caCertificate } from "./certificates";
import { createFinalDump } from "./finalDump";
import { createInstances } from "./instances";
import { createKeys } from "./keys";
import { createLogs } from "./logs";
import { createNetwork } from "./network";
import { type AlicloudOptions, alicloudOptions, checkAlicloud } from "./options";
import { alicloudParameters } from "./parameters";
import { preflight } from "./preflight";
import { createProxy } from "./proxy";
import { chosenRegion } from "./regions";
import { createSecrets } from "./secrets";
import { Site } from "./site";

/** ApsaraDB RDS: a primary with its standby, read-only instances, a proxy. */
export const vendor: Vendor<AlicloudOptions> = {
  name: "alicloud",
  options: alicloudOptions,
  check: checkAlicloud,
  preflight,
  capabilities: alicloudCapabilities,
  create,
};

function create(spec: Spec, options: AlicloudOptions, parent: pulumi.ComponentResource): ClusterOutputs {
  const site = new Site(spec, options, chosenRegion(), parent);
  const network = createNetwork(site);
  const keys = createKeys(site);
  const instances = createInstances(site, network, keys);
  const logs = createLogs(site, network, keys);
  const secrets = createSecrets(site, network, keys, instances, logs);
  const backups = createBackups(site, network, keys, instances, secrets, logs);
  const proxy = createProxy(site, network, instances, secrets, backups);
  const alarms = createAlarms(site, instances, secrets.setUp, backups.archive);
  createFinalDump(site, backups.archive, [
    ...network.functionReady,
    ...instances.ready,
    ...secrets.ready,
    ...backups.ready,
    ...(backups.archive?.ready ?? []),
    ...proxy.ready,
    ...alarms,
  ]);
  return {
    cluster: instances.primary.id.apply((id) => ({ kind: "instance" as const, id, region: site.region.name })),
    administrator: pulumi.secret(secrets.administrator),
    writer: proxy.writer,
    reader: proxy.reader,
    endpoints: proxy.endpoints,
    database: pulumi.output(spec.access.database),
    username: pulumi.output(spec.access.username),
    ...secrets.outputs,
    caCertificate: pulumi.output(caCertificate(options)),
    parameters: pulumi.output(alicloudParameters(spec).report),
    capabilities: pulumi.output(alicloudCapabilities(spec, options)),
  };
}
