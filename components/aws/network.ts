import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { subnetCidr } from "./cidrs";
import { domainOf } from "./regions";
import { createSecretsEndpoint } from "./secretsEndpoint";
import { createSecurityGroups } from "./securityGroups";
import type { Site } from "./site";

/** R11: where the database lives, and who reaches it. */
export interface Network {
  readonly vpcId: pulumi.Output<string>;
  /** Twelve digits; read from a resource, so that a preview asks nobody. */
  readonly accountId: pulumi.Output<string>;
  /** One in each zone, without a way to the internet. */
  readonly subnetIds: readonly pulumi.Output<string>[];
  /** Security groups of the database's members, and of the functions that talk SQL to them. */
  readonly databaseGroup: pulumi.Output<string>;
  readonly functionGroup: pulumi.Output<string>;
  /** Of the proxy, where there is one. */
  readonly proxyGroup?: pulumi.Output<string>;
  /** Where functions in the subnets reach Secrets Manager: "https://...". */
  readonly secretsUrl: pulumi.Output<string>;
  /** What a function in the subnets needs before it reaches Secrets Manager and the database. */
  readonly functionReady: readonly pulumi.Resource[];
}

/** An RDS cluster has a member in each of three; a single instance has room to fail over. */
const ZONES = 3;

/** The zones of the subnets that are made, by id: those that were asked for, in whatever order, or the region's first. */
export const chosenZones = ({ options, region }: Pick<Site, "options" | "region">): readonly string[] =>
  options.network.zones.length > 0 ? [...options.network.zones].sort() : region.zones.slice(0, ZONES);

/** What the groups and the endpoint are made in. */
export interface Place {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: readonly pulumi.Output<string>[];
  /** The VPC is the user's own, with others in it. */
  readonly shared: boolean;
}

/** A VPC of its own, or the user's; security groups; the way of the functions to Secrets Manager. */
export function createNetwork(site: Site): Network {
  const place = existingPlace(site) ?? createVpc(site);
  const groups = createSecurityGroups(site, place);
  const endpoint = site.options.network.secretsEndpoint ? createSecretsEndpoint(site, place, groups) : undefined;
  return {
    ...place,
    // not the VPC's owner: another account may have lent it
    accountId: groups.database.ownerId,
    databaseGroup: groups.database.id,
    functionGroup: groups.functions.id,
    ...(groups.proxy ? { proxyGroup: groups.proxy.id } : {}),
    secretsUrl: endpoint?.url ?? pulumi.output(publicSecretsUrl(site)),
    functionReady: [...groups.functionRules, ...(endpoint?.ready ?? [])],
  };
}

/** Answers inside the VPC, too, wherever an endpoint has taken over the name. */
const publicSecretsUrl = ({ region }: Site): string => `https://secretsmanager.${region.name}.${domainOf(region)}`;

function existingPlace({ options }: Site): Place | undefined {
  const { vpcId, subnetIds } = options.network;
  if (vpcId === undefined) return undefined;
  return { vpcId: pulumi.output(vpcId), subnetIds: subnetIds.map((id) => pulumi.output(id)), shared: true };
}

/**
 * Subnets in three zones that no route leaves. VPC and subnets are kept as the database is: a change that replaces them
 * would replace it, too.
 */
function createVpc(site: Site): Place {
  const region = site.region.name;
  const { cidr } = site.options.network;
  const vpc = new ec2.Vpc(
    site.name("vpc"),
    {
      region,
      cidrBlock: cidr,
      // both, or an endpoint's private name does not resolve
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: site.tags("vpc"),
    },
    site.kept(),
  );
  // Whoever makes something here without naming a group gets this one: it lets nothing in or out.
  new ec2.DefaultSecurityGroup(
    site.name("default"),
    { region, vpcId: vpc.id, ingress: [], egress: [], tags: site.tags("default") },
    site.child(),
  );
  // Not the main table, which others may add routes to.
  const routes = new ec2.RouteTable(
    site.name("isolated"),
    { region, vpcId: vpc.id, routes: [], tags: site.tags("isolated") },
    site.child(),
  );
  const subnetIds = chosenZones(site).map((zone) => {
    const name = `isolated-${zone}`;
    const subnet = new ec2.Subnet(
      site.name(name),
      {
        region,
        vpcId: vpc.id,
        cidrBlock: subnetCidr(cidr, zone),
        availabilityZoneId: zone,
        mapPublicIpOnLaunch: false,
        tags: site.tags(name),
      },
      site.kept(),
    );
    new ec2.RouteTableAssociation(
      site.name(name),
      { region, subnetId: subnet.id, routeTableId: routes.id },
      site.child(),
    );
    return subnet.id;
  });
  return { vpcId: vpc.id, subnetIds, shared: false };
}
