import * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { ClusterOutputs, Vendor } from "../vendor";
import { createAlarms } from "./alarms";
import { createBackups } from "./backups";
import { awsCapabilities } from "./capabilities";
import { caCertificate } from "./certificates";
import { createFlowLog } from "./flowLog";
import { createInstances } from "./instances";
import { createKeys } from "./keys";
import { createLogs } from "./logs";
import { createNetwork } from "./network";
import { type AwsOptions, awsOptions, checkAws } from "./options";
import { awsParameters, createParameters } from "./parameters";
import { preflight } from "./preflight";
import { createProxy } from "./proxy";
import { chosenRegion } from "./regions";
import { MASTER_USERNAME } from "./rules";
import { createSecrets } from "./secrets";
import { Site } from "./site";

/** Amazon RDS: a Multi-AZ DB cluster, or one instance. */
export const vendor: Vendor<AwsOptions> = {
  name: "aws",
  options: awsOptions,
  check: checkAws,
  preflight,
  capabilities: awsCapabilities,
  create,
};

function create(spec: Spec, options: AwsOptions, parent: pulumi.ComponentResource): ClusterOutputs {
  const site = new Site(spec, options, chosenRegion(), parent);
  const network = createNetwork(site);
  const keys = createKeys(site, network);
  createFlowLog(site, network, keys);
  const logs = createLogs(site, keys);
  const parameters = createParameters(site);
  const instances = createInstances(site, network, keys, parameters, logs);
  const secrets = createSecrets(site, network, keys, instances);
  const proxy = createProxy(site, network, keys, instances, secrets);
  const backups = createBackups(site, keys, instances);
  createAlarms(site, keys, instances, { ...proxy, ...backups, parameterGroup: parameters.groupName });
  return {
    cluster: instances.identifier.apply((id) => ({ kind: instances.topology, id, region: site.region.name })),
    administrator: instances.masterSecret.apply((passwordSecret) => ({ username: MASTER_USERNAME, passwordSecret })),
    writer: proxy.writer,
    reader: proxy.reader,
    endpoints: proxy.endpoints,
    database: pulumi.output(spec.access.database),
    username: pulumi.output(spec.access.username),
    passwordSecret: secrets.passwordSecret,
    connectPolicy: secrets.connectPolicy,
    caCertificate: pulumi.output(caCertificate(site.region)),
    parameters: pulumi.output(awsParameters(spec).report),
    capabilities: pulumi.output(awsCapabilities(spec, options)),
  };
}
