import * as ec2 from "@pulumi/aws/ec2";
import { getAvailabilityZones } from "@pulumi/aws/getAvailabilityZones";
import * as rds from "@pulumi/aws/rds";
import { firstLine } from "../preflight";
import type { Spec } from "../spec/spec";
import type { SubnetAnswer, Zone } from "./accountAnswers";
import { chosenZones } from "./network";
import type { AwsOptions } from "./options";
import type { Region } from "./regions";
import { topologyOf } from "./topology";

/** The account's answers, each asked for once. */
export class Account {
  constructor(
    readonly spec: Spec,
    readonly options: AwsOptions,
    readonly region: Region,
  ) {}

  readonly openZones = once(async (): Promise<readonly Zone[]> => {
    const { names, zoneIds } = await getAvailabilityZones({
      region: this.region.name,
      state: "available",
      // not those at the edge: nothing of this runs there
      filters: [{ name: "zone-type", values: ["availability-zone"] }],
    });
    return zoneIds.map((id, index) => ({ id, name: names[index] ?? "" }));
  });

  /** "15.17"; of a major version alone, RDS's default. Undefined: not sold. */
  readonly soldVersion = once(async (): Promise<string | undefined> => {
    const { version } = this.spec.engine;
    const query = { region: this.region.name, engine: "postgres", version };
    const found = await unlessNone(
      rds.getEngineVersion(version.includes(".") ? query : { ...query, defaultOnly: true, latest: true }),
    );
    return found?.versionActual;
  });

  readonly subnets = once(
    (): Promise<readonly SubnetAnswer[]> =>
      Promise.all(
        this.options.network.subnetIds.map((id) => askSubnet(id, this.region, this.options.network.vpcId ?? "")),
      ),
  );

  /** The internet gateway of the user's own VPC, wherever its routes lead. */
  readonly gateway = once(async (): Promise<string | undefined> => {
    const { vpcId } = this.options.network;
    if (vpcId === undefined) return undefined;
    const filters = [{ name: "attachment.vpc-id", values: [vpcId] }];
    return (await unlessNone(ec2.getInternetGateway({ region: this.region.name, filters })))?.internetGatewayId;
  });

  /** Ids of the zones that the subnets are in, or will be. */
  async zones(): Promise<readonly string[]> {
    if (this.options.network.vpcId === undefined) return chosenZones(this);
    return (await this.subnets()).flatMap(({ found }) => (found ? [found.zone] : []));
  }

  /** Ids of the zones in which a class is sold for what is asked; undefined: in none of the region. */
  async soldIn(instanceClass: string, version: string): Promise<readonly string[] | undefined> {
    const isCluster = topologyOf(this.spec) === "cluster";
    const offer = await unlessNone(
      rds.getOrderableDbInstance({
        region: this.region.name,
        engine: "postgres",
        // "preferred", for then more than one offer is no error
        preferredEngineVersions: [version],
        instanceClass,
        storageType: this.options.storage.type,
        vpc: true,
        ...(isCluster ? { supportsClusters: true } : {}),
        ...(!isCluster && this.spec.highAvailability ? { supportsMultiAz: true } : {}),
      }),
    );
    if (!offer) return undefined;
    const open = await this.openZones();
    return open.filter(({ name }) => offer.availabilityZones.includes(name)).map(({ id }) => id);
  }
}

async function askSubnet(id: string, region: Region, vpcId: string): Promise<SubnetAnswer> {
  const subnet = await unlessNone(ec2.getSubnet({ region: region.name, id }));
  if (!subnet) return { id };
  const gateway = await askGateway(id, subnet.vpcId, region);
  const inVpc = subnet.vpcId === vpcId;
  return { id, found: { inVpc, zone: subnet.availabilityZoneId, ...(gateway === undefined ? {} : { gateway }) } };
}

/** The internet gateway that a subnet's routes lead to; a subnet without a table of its own has the VPC's main one. */
async function askGateway(subnetId: string, vpcId: string, region: Region): Promise<string | undefined> {
  const own = await unlessNone(ec2.getRouteTable({ region: region.name, subnetId }));
  const main = { region: region.name, vpcId, filters: [{ name: "association.main", values: ["true"] }] };
  const { routes } = own ?? (await ec2.getRouteTable(main));
  return routes.map(({ gatewayId }) => gatewayId).find((gateway) => gateway.startsWith("igw-"));
}

/** The answer, or undefined where it is that there is no such thing; the provider makes an error of that, too. */
async function unlessNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (saysNone(firstLine(error))) return undefined;
    throw error;
  }
}

/** In the words of the provider, or of the service. */
export const saysNone = (message: string): boolean =>
  /\bno RDS (engine versions|orderable DB|DB instance)|cannot find version|\.NotFound\b|no matching|no results|empty result|couldn't find resource/i.test(
    message,
  );

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}
