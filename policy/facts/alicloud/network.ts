import { absent, type Fact, known, knownValue, lacking, map, orElse, unknown } from "../fact";
import type { FlowLog, Network, NetworkGroup, NetworkRefusal, NetworkRule, Route, Subnet } from "../kinds";
import type { Reader, Readers } from "../reader";
import { Reading } from "../reading";
import { itself, newest } from "./given";

const vpc: Reader = (resource) => {
  const fact: Network = {
    kind: "network",
    ...new Reading(resource, "alicloud").owned,
    defaultGroup: lacking("a VPC of Alibaba Cloud comes without a security group"),
  };
  return [fact];
};

const vswitch: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const fact: Subnet = {
    kind: "subnet",
    ...reading.owned,
    network: reading.reference("vpcId"),
    zone: newest([reading.text("zoneId"), reading.text("availabilityZone")]),
    publicAddresses: lacking("a vswitch gives nobody a public address"),
  };
  return [fact];
};

const group: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const fact: NetworkGroup = {
    kind: "networkGroup",
    ...reading.owned,
    description: reading.text("description"),
    vpc: reading.reference("vpcId"),
    isDefault: false,
    // Enterprise groups let nothing out by themselves.
    opensOutwards: map(orElse(reading.text("securityGroupType"), "normal"), (type) => type !== "enterprise"),
  };
  return [fact, ...amongMembers(reading)];
};

/** Unless it is told otherwise, a group lets its members talk to each other on every port. */
function amongMembers(reading: Reading): NetworkRule[] {
  const policy = orElse(reading.text("innerAccessPolicy"), "Accept");
  if (policy.state === "known" && policy.value.toLowerCase() === "drop") return [];
  return [
    {
      kind: "networkRule",
      ...reading.owned,
      direction: "in",
      cidrs: known([]),
      peers: policy.state === "known" ? known(true) : unknown("innerAccessPolicy"),
      protocol: known("-1"),
      fromPort: known(0),
      toPort: known(65535),
      description: lacking("it comes with the group"),
      group: itself(reading),
      database: false,
    },
  ];
}

/** What is let through; a rule that drops lets nobody through. */
const rule: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  if (knownValue(reading.text("policy"))?.toLowerCase() === "drop") return [refusal(reading)];
  const ports = orElse(reading.text("portRange"), "-1/-1");
  const port = (index: 0 | 1): Fact<number> =>
    map(ports, (range) => {
      const limit = Number(range.split("/")[index]);
      return limit === -1 ? (index === 0 ? 0 : 65535) : limit;
    });
  const fact: NetworkRule = {
    kind: "networkRule",
    ...reading.owned,
    // Unknown: the stricter of the two.
    direction: knownValue(reading.text("type")) === "egress" ? "out" : "in",
    cidrs: cidrs(reading),
    peers: known(["sourceSecurityGroupId", "prefixListId"].some((path) => reading.value(path).state !== "absent")),
    protocol: map(reading.text("ipProtocol"), (protocol) => (protocol.toLowerCase() === "all" ? "-1" : protocol)),
    fromPort: port(0),
    toPort: port(1),
    description: reading.text("description"),
    group: reading.reference("securityGroupId"),
    database: false,
  };
  return [fact];
};

/** Counts as a whole only where nothing of it is left open. */
function refusal(reading: Reading): NetworkRefusal {
  const whole =
    knownValue(reading.text("cidrIp")) === "0.0.0.0/0" &&
    knownValue(reading.text("ipProtocol"))?.toLowerCase() === "all" &&
    ["-1/-1", undefined].includes(knownValue(reading.text("portRange")));
  const open = ["cidrIp", "ipProtocol", "portRange"].find((path) => reading.value(path).state === "unknown");
  return {
    kind: "networkRefusal",
    ...reading.owned,
    direction: knownValue(reading.text("type")) === "egress" ? "out" : "in",
    whole: open === undefined ? known(whole) : unknown(open),
    group: reading.reference("securityGroupId"),
  };
}

function cidrs(reading: Reading): Fact<readonly string[]> {
  const found: string[] = [];
  for (const path of ["cidrIp", "ipv6CidrIp"]) {
    const text = reading.text(path);
    if (text.state === "unknown") return text;
    if (text.state === "known") found.push(text.value);
  }
  return known(found);
}

const routeEntry: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const fact: Route = {
    kind: "route",
    ...reading.owned,
    destination: reading.text("destinationCidrblock"),
    // NAT gateways lead out alone.
    toInternet: map(orElse(reading.text("nexthopType"), ""), (type) => /^ipv[46]gateway$/i.test(type)),
  };
  return [fact];
};

const TRAFFIC: Readonly<Record<string, string>> = { All: "ALL", Allow: "ACCEPT", Drop: "REJECT" };

const flowLog: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const status = orElse(reading.text("status"), "Active");
  const type = reading.text("resourceType");
  // Of one vswitch or interface it says nothing of the VPC.
  const ofVpc = type.state !== "known" || type.value.toUpperCase() === "VPC";
  const fact: FlowLog = {
    kind: "flowLog",
    ...reading.owned,
    network: ofVpc ? reading.reference("resourceId") : absent,
    traffic:
      status.state === "known" && status.value !== "Active"
        ? known("none: it is not active")
        : map(reading.text("trafficType"), (traffic) => TRAFFIC[traffic] ?? traffic),
  };
  return [fact];
};

export const networks: Readers = {
  "alicloud:vpc/network:Network": vpc,
  "alicloud:vpc/switch:Switch": vswitch,
  "alicloud:vpc/flowLog:FlowLog": flowLog,
  "alicloud:vpc/routeEntry:RouteEntry": routeEntry,
  "alicloud:ecs/securityGroup:SecurityGroup": group,
  "alicloud:ecs/securityGroupRule:SecurityGroupRule": rule,
};
