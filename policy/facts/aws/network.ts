import { absent, type Fact, known, knownValue, lacking, map, orElse, unknown } from "../fact";
import type {
  AnyFact,
  FlowLog,
  Network,
  NetworkGroup,
  NetworkRule,
  Permissions,
  Route,
  Subnet,
  SubnetGroup,
} from "../kinds";
import type { Reader, Readers } from "../reader";
import { Reading } from "../reading";

type Direction = NetworkRule["direction"];

/** Lists of CIDR blocks, or single ones, under several names. */
function cidrs(reading: Reading, paths: readonly string[]): Fact<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const fact = reading.texts(path);
    if (fact.state === "unknown") return fact;
    found.push(...(knownValue(fact) ?? []));
  }
  return known(found.filter((cidr) => cidr !== ""));
}

function peers(reading: Reading, paths: readonly string[]): Fact<boolean> {
  return known(paths.some((path) => !isEmpty(reading, path)));
}
function isEmpty(reading: Reading, path: string): boolean {
  const fact = reading.value(path);
  if (fact.state === "absent") return true;
  return (
    fact.state === "known" &&
    (fact.value === "" || fact.value === false || (Array.isArray(fact.value) && fact.value.length === 0))
  );
}

/** A rule as a resource of its own. */
const ownRule =
  (direction: Direction): Reader =>
  (resource) => {
    const reading = new Reading(resource, "aws");
    const rule: NetworkRule = {
      kind: "networkRule",
      ...reading.owned,
      direction,
      cidrs: cidrs(reading, ["cidrIpv4", "cidrIpv6"]),
      peers: peers(reading, ["referencedSecurityGroupId", "prefixListId"]),
      protocol: reading.text("ipProtocol"),
      fromPort: reading.figure("fromPort"),
      toPort: reading.figure("toPort"),
      description: reading.text("description"),
      group: reading.reference("securityGroupId"),
      database: false,
    };
    return [rule];
  };

/** The older resource for one. */
const securityGroupRule: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const type = knownValue(reading.text("type"));
  // Unknown: the stricter of the two.
  return [inlineRule(reading, "", type === "egress" ? "out" : "in", reading.reference("securityGroupId"))];
};

/** A rule within a group, or of the older resource: `path` "" or "ingress.0.". */
function inlineRule(reading: Reading, path: string, direction: Direction, group: NetworkRule["group"]): NetworkRule {
  return {
    kind: "networkRule",
    ...reading.owned,
    direction,
    cidrs: cidrs(reading, [`${path}cidrBlocks`, `${path}ipv6CidrBlocks`]),
    peers: peers(reading, [
      ...["securityGroups", "sourceSecurityGroupId", "prefixListIds", "self"].map((name) => `${path}${name}`),
    ]),
    protocol: reading.text(`${path}protocol`),
    fromPort: reading.figure(`${path}fromPort`),
    toPort: reading.figure(`${path}toPort`),
    description: reading.text(`${path}description`),
    group,
    database: false,
  };
}

const group =
  (isDefault: boolean): Reader =>
  (resource): readonly AnyFact[] => {
    const reading = new Reading(resource, "aws");
    const itself = known({ property: "id", text: unknown("id"), to: [{ urn: resource.urn, type: resource.type }] });
    const fact: NetworkGroup = {
      kind: "networkGroup",
      ...reading.owned,
      description: isDefault ? lacking("AWS's own words") : reading.text("description"),
      vpc: reading.reference("vpcId"),
      isDefault,
      opensOutwards: lacking("the provider takes the rule away with which AWS opens a new group"),
    };
    const rules = (["ingress", "egress"] as const).flatMap((list) => {
      const direction = list === "ingress" ? "in" : "out";
      if (reading.value(list).state === "unknown") {
        return [{ ...inlineRule(reading, `${list}.`, direction, itself), cidrs: unknown(list), peers: unknown(list) }];
      }
      return reading.items(list).map((path) => inlineRule(reading, `${path}.`, direction, itself));
    });
    return [fact, ...rules];
  };

const vpc: Reader = (resource) => {
  const fact: Network = { kind: "network", ...new Reading(resource, "aws").owned, defaultGroup: known(true) };
  return [fact];
};

const subnet: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const zone = reading.text("availabilityZone");
  const fact: Subnet = {
    kind: "subnet",
    ...reading.owned,
    network: reading.reference("vpcId"),
    zone: zone.state === "absent" ? reading.text("availabilityZoneId") : zone,
    publicAddresses: orElse(reading.flag("mapPublicIpOnLaunch"), false),
  };
  return [fact];
};

const subnetGroup: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const subnets = reading.references("subnetIds");
  const fact: SubnetGroup = {
    kind: "subnetGroup",
    ...reading.owned,
    count: reading.value("subnetIds").state === "unknown" ? unknown("subnetIds") : map(subnets, (list) => list.length),
    subnets,
  };
  return [fact];
};

/** Only an internet gateway leads from the internet in; a NAT leads out alone. */
function toInternet(reading: Reading, gateway: string): Fact<boolean> {
  const text = reading.text(gateway);
  if (text.state === "absent") return known(false);
  if (text.state === "known") return known(text.value.startsWith("igw-"));
  const { references } = reading.resource;
  const property = gateway.split(".")[0] ?? gateway;
  const from = references?.[property];
  if (from?.some(({ type }) => type === "aws:ec2/internetGateway:InternetGateway")) return known(true);
  return unknown(gateway);
}

const route: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const fact: Route = {
    kind: "route",
    ...reading.owned,
    destination: reading.text("destinationCidrBlock"),
    toInternet: toInternet(reading, "gatewayId"),
  };
  return [fact];
};

const routeTable: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  if (reading.value("routes").state === "unknown") {
    return [{ kind: "route", ...reading.owned, destination: unknown("routes"), toInternet: unknown("routes") }];
  }
  return reading.items("routes").map(
    (path): Route => ({
      kind: "route",
      ...reading.owned,
      destination: reading.text(`${path}.cidrBlock`),
      toInternet: toInternet(reading, `${path}.gatewayId`),
    }),
  );
};

const flowLog: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const fact: FlowLog = {
    kind: "flowLog",
    ...reading.owned,
    network: reading.reference("vpcId"),
    traffic: reading.text("trafficType"),
  };
  return [fact];
};

/** Whom an endpoint serves; left out: everybody, for everything. */
const endpoint: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const service = knownValue(reading.text("serviceName")) ?? "";
  // Others lead to services this pack has nothing to say about.
  if (!/\.(secretsmanager|kms|rds|rds-data)$/.test(service)) return [];
  const fact: Permissions = {
    kind: "permissions",
    ...reading.owned,
    on: "endpoint",
    document: reading.document("policy"),
    attached: absent,
    guards: absent,
  };
  return [fact];
};

export const networks: Readers = {
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:rds/subnetGroup:SubnetGroup": subnetGroup,
  "aws:ec2/securityGroup:SecurityGroup": group(false),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": group(true),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ownRule("in"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ownRule("out"),
  "aws:ec2/securityGroupRule:SecurityGroupRule": securityGroupRule,
  "aws:ec2/route:Route": route,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/defaultRouteTable:DefaultRouteTable": routeTable,
  "aws:ec2/flowLog:FlowLog": flowLog,
  "aws:ec2/vpcEndpoint:VpcEndpoint": endpoint,
};
