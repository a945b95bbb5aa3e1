import * as pulumi from "@pulumi/pulumi";
import { createBackups } from "../../../../components/aws/backups";
import { createInstances, type Instances } from "../../../../components/aws/instances";
import { createKeys } from "../../../../components/aws/keys";
import { createLogs } from "../../../../components/aws/logs";
import { createNetwork } from "../../../../components/aws/network";
import type { AwsOptions } from "../../../../components/aws/options";
import { createParameters } from "../../../../components/aws/parameters";
import { Site } from "../../../../components/aws/site";
import type { Spec } from "../../../../components/spec/spec";
import { ACCOUNT, region, someOptions } from "./registered";

/** A resource of the database with how it is registered, which the SDK's mocks are not told. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
}

export interface Database {
  readonly instances: Instances;
  /** The only one of that type. */
  only(type: string): Registered;
  all(type: string): readonly Registered[];
}

/** The SDK has it, but leaves it out of its types. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

/** Members in an order of the service's own. */
const MEMBERS = [2, 3, 1].map((number) => `license-db-prod-instance-${number}`);

/** Registers the database and its backups, with the network, keys and logs they need, as RDS would answer. */
export async function databaseOf(spec: Spec, options: AwsOptions = someOptions): Promise<Database> {
  const made = new Map<string, { type: string; name: string; inputs: Record<string, unknown> }>();
  const registered = new Map<string, pulumi.CustomResourceOptions>();
  await pulumi.runtime.setMocks({
    call: () => {
      throw new Error("nobody may be asked while resources are registered");
    },
    newResource: ({ type, name, inputs }) => {
      made.set(`${type} ${name}`, { type, name, inputs });
      const arn = `arn:aws:${type.split(":")[1]?.split("/")[0]}:${region.name}:${ACCOUNT}:${name}`;
      const answers = {
        ...{ arn, name: `${name}-1f2e3d4`, ownerId: ACCOUNT, hex: "1f2e3d4c", dnsEntries: [{ dnsName: name }] },
        ...{ clusterMembers: MEMBERS, masterUserSecrets: [{ secretArn: `${arn}-secret` }] },
        ...{ endpoint: "writer.example", readerEndpoint: "reader.example", address: "only.example" },
        ...{ clusterResourceId: "cluster-ABC", resourceId: "db-ABC" },
      };
      return { id: `${name}-id`, state: { ...answers, ...inputs } };
    },
  });
  const note: pulumi.ResourceTransformation = ({ type, name, opts }) => {
    registered.set(`${type} ${name}`, opts);
    return undefined;
  };
  const root = new pulumi.ComponentResource("test:index:Root", "root", {}, { transformations: [note] });
  const site = new Site(spec, options, region, root);
  const network = createNetwork(site);
  const keys = createKeys(site, network);
  const instances = createInstances(site, network, keys, createParameters(site), createLogs(site, keys));
  createBackups(site, keys, instances);
  await waitForRPCs();
  const all = (type: string): Registered[] =>
    [...made.entries()]
      .filter(([, resource]) => resource.type === type)
      .map(([key, resource]) => {
        const { protect = false, retainOnDelete = false, ignoreChanges = [] } = registered.get(key) ?? {};
        return { ...resource, protect, retainOnDelete, ignoreChanges };
      });
  const only = (type: string): Registered => {
    const [first, ...others] = all(type);
    if (!first || others.length > 0) throw new Error(`there are ${others.length + (first ? 1 : 0)} ${type}`);
    return first;
  };
  return { instances, all, only };
}

/** What an output holds. */
export const known = <T>(output: pulumi.Output<T>): Promise<T> =>
  (output as unknown as { promise(): Promise<T> }).promise();
