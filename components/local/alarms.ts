import * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { LocalInstances } from "./instances";
import { mailServer } from "./monitoringOptions";
import { type LocalNetwork, namesOfMembers } from "./network";
import type { LocalOptions } from "./options";
import { Monitoring } from "./resources";
import type { LocalSecrets } from "./secrets";

/** R15, R16: what watches the cluster and tells people; undefined where it is switched off. */
export function createAlarms(
  spec: Spec,
  options: LocalOptions,
  network: LocalNetwork,
  instances: LocalInstances,
  secrets: LocalSecrets,
  parent: pulumi.Resource,
) {
  const { enabled, interval, retention, storage, trustedCa } = options.monitoring;
  if (enabled === false) return undefined;
  if (spec.alerts.contacts.length === 0 && spec.profile !== "local") {
    void pulumi.log.warn(
      `${spec.name} alerts nobody: no contact is set. Set one: pulumi config set --secret --path 'license-db:alerts.contacts[0]' ADDRESS`,
      parent,
    );
  }
  const mail = mailServer(options.monitoring);
  return new Monitoring(
    `${spec.name}-monitoring`,
    {
      place: network.place,
      members: namesOfMembers(spec),
      database: spec.access.database,
      required: enabled === true,
      interval,
      retention,
      storage,
      thresholds: { ...spec.alerts.thresholds },
      contacts: pulumi.secret([...spec.alerts.contacts]),
      ...(mail ? { mail: pulumi.secret(mail) } : {}),
      ...(trustedCa === undefined ? {} : { trustedCa }),
    },
    // Not protected: it holds no data of the database, and is switched off by a change of the configuration.
    { parent, dependsOn: [instances, secrets] },
  );
}
