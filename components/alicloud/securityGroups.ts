import * as ecs from "@pulumi/alicloud/ecs";
import type * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

/** One way out of a security group. */
export interface WayOut {
  /** Part of the rule's name. */
  readonly name: string;
  readonly description: string;
  readonly protocol: "tcp" | "udp" | "all";
  /** "5432/5432"; "-1/-1": every port. */
  readonly ports: string;
  readonly cidr: string;
  readonly policy: "accept" | "drop";
  /** 1 counts first. */
  readonly priority: number;
}

/** Where the services' own addresses inside every VPC are: name servers, OSS, KMS, logs. */
const SERVICES = "100.64.0.0/10";
/** Where an existing VPC may be. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
/** Read-only instances keep the service's own port. */
const SERVICE_PORT = 5432;

/** Where the functions get to: the database, and the services they work with; nowhere else. */
export function waysOut({ spec, options }: Pick<Site, "spec" | "options">): readonly WayOut[] {
  const accept = { policy: "accept", priority: 1 } as const;
  const ports = [...new Set([spec.access.port, SERVICE_PORT])];
  const networks = options.network.vpcId === undefined ? [options.network.cidr] : PRIVATE;
  const database = ports.flatMap((port) =>
    networks.map((cidr) => ({
      ...accept,
      name: `database-${port}-${cidr.replace("/", "-")}`,
      description: `To the database on ${port}`,
      protocol: "tcp" as const,
      ports: `${port}/${port}`,
      cidr,
    })),
  );
  // A KMS instance answers inside the VPC, at an address of its own.
  const kms = options.encryption.kmsInstanceId === undefined ? [] : networks;
  return [
    ...database,
    ...kms.map((cidr) => ({
      ...accept,
      name: `kms-${cidr.replace("/", "-")}`,
      description: "To the KMS instance",
      protocol: "tcp" as const,
      ports: "443/443",
      cidr,
    })),
    {
      ...accept,
      name: "services",
      description: "To OSS, KMS and logs inside the VPC",
      protocol: "tcp",
      ports: "443/443",
      cidr: SERVICES,
    },
    {
      ...accept,
      name: "names",
      description: "To the VPC's name servers",
      protocol: "udp",
      ports: "53/53",
      cidr: SERVICES,
    },
    {
      name: "nowhere-else",
      description: "Nowhere else: a group lets everything out by itself",
      protocol: "all",
      ports: "-1/-1",
      cidr: "0.0.0.0/0",
      policy: "drop",
      priority: 100,
    },
  ];
}

export interface FunctionGroup {
  readonly id: pulumi.Output<string>;
  /** With these its members get to where they have to. */
  readonly ways: readonly pulumi.Resource[];
}

/** The group of the functions that talk SQL to the database. Nothing gets in: a group lets nothing in by itself. */
export function createFunctionGroup(site: Site, vpcId: pulumi.Output<string>): FunctionGroup {
  const group = new ecs.SecurityGroup(
    site.name("functions"),
    {
      securityGroupName: site.name("functions"),
      description: `Functions that look after the database ${site.spec.name}`,
      vpcId,
      // members do not talk to each other
      innerAccessPolicy: "Drop",
      tags: site.tags("functions"),
    },
    site.child(),
  );
  const ways = waysOut(site).map(
    (way) =>
      new ecs.SecurityGroupRule(
        site.name(`functions-to-${way.name}`),
        {
          securityGroupId: group.id,
          type: "egress",
          nicType: "intranet",
          ipProtocol: way.protocol,
          portRange: way.ports,
          cidrIp: way.cidr,
          policy: way.policy,
          priority: way.priority,
          description: way.description,
        },
        site.child(),
      ),
  );
  return { id: group.id, ways };
}
