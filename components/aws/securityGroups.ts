import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import { cidrName, ruleCidr } from "./cidrs";
import type { Place } from "./network";
import type { Site } from "./site";

export interface SecurityGroups {
  readonly database: ec2.SecurityGroup;
  readonly functions: ec2.SecurityGroup;
  readonly proxy?: ec2.SecurityGroup;
  /** Of the endpoint of Secrets Manager, where one is made. */
  readonly endpoint?: ec2.SecurityGroup;
  /** The rules without which a function reaches neither the database nor Secrets Manager. */
  readonly functionRules: readonly pulumi.Resource[];
}

interface Traffic {
  readonly what: string;
  readonly port: number;
}

const SECRETS: Traffic = { what: "Secrets Manager", port: 443 };
/** RDS Proxy has no other port. */
const PROXY: Traffic = { what: "PostgreSQL", port: 5432 };

/** Addresses that a VPC has: an endpoint which is not ours has one of them. No subnet here has a route further. */
const PRIVATE_BLOCKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** The other side of a rule. */
type Peer =
  | { readonly cidr: string }
  | { readonly securityGroup: string }
  | { readonly group: ec2.SecurityGroup; readonly name: string };

/**
 * R11: four groups, and a rule for each way between them. The database itself opens no connection.
 *
 * Each rule is a resource of its own, named after the one it lets in: where one goes, the others stay as they are.
 * A group's description cannot be changed without replacing the group, so it says nothing that may change.
 */
export function createSecurityGroups(site: Site, place: Place): SecurityGroups {
  const { spec, options } = site;
  const group = (name: string, description: string) =>
    new ec2.SecurityGroup(
      site.name(name),
      { region: site.region.name, vpcId: place.vpcId, description, tags: site.tags(name) },
      site.child(),
    );
  const database = group("database", "Members of the license database");
  const functions = group("functions", "Functions that talk SQL to the license database");
  const proxy = options.proxy ? group("proxy", "RDS Proxy in front of the license database") : undefined;
  const endpoint = options.network.secretsEndpoint
    ? group("endpoint", "Endpoint of Secrets Manager for the functions of the license database")
    : undefined;

  const clients: readonly Peer[] = [
    ...spec.access.allowedCidrs.map((cidr) => ({ cidr })),
    ...spec.access.allowedSecurityGroups.map((securityGroup) => ({ securityGroup })),
  ];
  const direct: Traffic = { what: "PostgreSQL", port: spec.access.port };
  for (const client of clients) allowIn(site, database, "database", client, direct);
  if (proxy) {
    for (const client of clients) allowIn(site, proxy, "proxy", client, PROXY);
    allowOut(site, proxy, "proxy", { group: database, name: "database" }, direct);
    allowIn(site, database, "database", { group: proxy, name: "proxy" }, direct);
  }
  const secrets: readonly Peer[] = endpoint
    ? [{ group: endpoint, name: "endpoint" }]
    : PRIVATE_BLOCKS.map((cidr) => ({ cidr }));
  const functionRules = [
    allowOut(site, functions, "functions", { group: database, name: "database" }, direct),
    allowIn(site, database, "database", { group: functions, name: "functions" }, direct),
    ...secrets.map((peer) => allowOut(site, functions, "functions", peer, SECRETS)),
    ...(endpoint ? [allowIn(site, endpoint, "endpoint", { group: functions, name: "functions" }, SECRETS)] : []),
  ];
  return { database, functions, functionRules, ...(proxy ? { proxy } : {}), ...(endpoint ? { endpoint } : {}) };
}

function allowIn(site: Site, group: ec2.SecurityGroup, name: string, peer: Peer, traffic: Traffic): pulumi.Resource {
  const rule = `${name}-from-${peerName(peer)}`;
  const description = `${traffic.what} from ${title(peer)}`;
  return new vpc.SecurityGroupIngressRule(
    site.name(rule),
    { ...ruleArgs(site, group, peer, traffic), description, tags: site.tags(rule) },
    site.child(),
  );
}

function allowOut(site: Site, group: ec2.SecurityGroup, name: string, peer: Peer, traffic: Traffic): pulumi.Resource {
  const rule = `${name}-to-${peerName(peer)}`;
  const description = `${traffic.what} to ${title(peer)}`;
  return new vpc.SecurityGroupEgressRule(
    site.name(rule),
    { ...ruleArgs(site, group, peer, traffic), description, tags: site.tags(rule) },
    site.child(),
  );
}

const ruleArgs = (site: Site, group: ec2.SecurityGroup, peer: Peer, { port }: Traffic) => ({
  region: site.region.name,
  securityGroupId: group.id,
  ipProtocol: "tcp",
  fromPort: port,
  toPort: port,
  ...("cidr" in peer
    ? ruleCidr(peer.cidr)
    : { referencedSecurityGroupId: "group" in peer ? peer.group.id : peer.securityGroup }),
});

/** For the rule's name in the state. */
function peerName(peer: Peer): string {
  if ("cidr" in peer) return cidrName(peer.cidr);
  return "group" in peer ? peer.name : peer.securityGroup;
}

/** For people; AWS takes few signs beside letters and digits here. */
function title(peer: Peer): string {
  if ("cidr" in peer) return peer.cidr;
  return "group" in peer ? `the ${peer.name}` : peer.securityGroup;
}
