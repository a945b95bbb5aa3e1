import type * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { createFlowLog } from "../../../components/aws/flowLog";
import { createNetwork, type Network } from "../../../components/aws/network";
import type { AwsOptions } from "../../../components/aws/options";
import { endpointPolicy } from "../../../components/aws/secretsEndpoint";
import type { Spec } from "../../../components/spec/spec";
import { ACCOUNT, type Made, region, registeredBy, someOptions, specOf } from "./support/registered";

const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

const key = { arn: pulumi.output("arn:aws:kms:eu-central-1:123456789012:key/logs") } as kms.Key;

async function made(spec: Spec, options: Partial<AwsOptions["network"]> = {}, more: Partial<AwsOptions> = {}) {
  let network: Network | undefined;
  const all = { ...someOptions, ...more, network: { ...someOptions.network, ...options } };
  const resources = await registeredBy(
    (site) => {
      network = createNetwork(site);
      createFlowLog(site, network, { data: key, secrets: key, logs: key });
    },
    spec,
    all,
  );
  const known = <T>(output: pulumi.Output<T>) => (output as unknown as { promise(): Promise<T> }).promise();
  return { resources, network: network as Network, known };
}

const ofType = (resources: readonly Made[], type: string) => resources.filter((one) => one.type === type);
/** "database-from-proxy" -> its port and its other side. */
const rules = (resources: readonly Made[]) =>
  Object.fromEntries(
    [...ofType(resources, INGRESS), ...ofType(resources, EGRESS)].map(({ name, inputs }) => {
      expect(inputs.fromPort, name).toBe(inputs.toPort);
      expect(inputs.ipProtocol).toBe("tcp");
      expect(inputs.description).toMatch(/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{5,255}$/);
      const peer = inputs.cidrIpv4 ?? inputs.cidrIpv6 ?? inputs.referencedSecurityGroupId;
      return [name.replace("license-db-prod-", ""), `${inputs.securityGroupId} ${inputs.fromPort} ${peer}`];
    }),
  );
const id = (name: string) => `license-db-prod-${name}-id`;

const clients = {
  access: { allowedCidrs: ["10.1.0.0/16", "fd00::/8"], allowedSecurityGroups: ["sg-0123456789abcdef0"] },
};

describe("a VPC of its own", () => {
  let it1: Awaited<ReturnType<typeof made>>;
  beforeAll(async () => {
    it1 = await made(specOf("prod", clients));
  });

  it("has a subnet in each of three zones, that no route leaves", () => {
    const subnets = ofType(it1.resources, "aws:ec2/subnet:Subnet").map(({ inputs }) => inputs);
    expect(subnets.map(({ availabilityZoneId, cidrBlock }) => [availabilityZoneId, cidrBlock])).toEqual([
      ["euc1-az1", "10.90.0.0/27"],
      ["euc1-az2", "10.90.0.32/27"],
      ["euc1-az3", "10.90.0.64/27"],
    ]);
    const [table, ...others] = ofType(it1.resources, "aws:ec2/routeTable:RouteTable");
    expect([table?.inputs.routes, others]).toEqual([[], []]);
    expect(ofType(it1.resources, "aws:ec2/routeTableAssociation:RouteTableAssociation")).toHaveLength(3);
    expect(it1.resources.filter(({ type }) => /gateway|:Route$|eip/i.test(type))).toEqual([]);
  });

  it("closes the default group, and watches all traffic under our key, for as long as asked", () => {
    const [closed] = ofType(it1.resources, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    expect(closed?.inputs).toMatchObject({ ingress: [], egress: [] });
    const [flow] = ofType(it1.resources, "aws:ec2/flowLog:FlowLog");
    expect(flow?.inputs).toMatchObject({ trafficType: "ALL", vpcId: id("vpc") });
    const [group] = ofType(it1.resources, "aws:cloudwatch/logGroup:LogGroup");
    expect(group?.inputs).toMatchObject({ retentionInDays: 90, kmsKeyId: expect.stringContaining("key/logs") });
    const [role] = ofType(it1.resources, "aws:iam/role:Role");
    expect(JSON.parse(String(role?.inputs.assumeRolePolicy)).Statement[0].Condition).toEqual({
      StringEquals: { "aws:SourceAccount": ACCOUNT },
      ArnLike: { "aws:SourceArn": `arn:aws:ec2:eu-central-1:${ACCOUNT}:vpc-flow-log/*` },
    });
    const [write] = ofType(it1.resources, "aws:iam/rolePolicy:RolePolicy");
    expect(JSON.parse(String(write?.inputs.policy)).Statement[0].Resource).toMatch(/^arn:aws:.+-flow-log:\*$/);
  });

  it("has one rule for each way, and no other", () => {
    const outside = {
      "10.1.0.0-16": "10.1.0.0/16",
      "fd00..-8": "fd00::/8",
      "sg-0123456789abcdef0": "sg-0123456789abcdef0",
    };
    const fromOutside = (group: string) =>
      Object.fromEntries(
        Object.entries(outside).map(([name, peer]) => [`${group}-from-${name}`, `${id(group)} 5432 ${peer}`]),
      );
    expect(rules(it1.resources)).toEqual({
      ...fromOutside("database"),
      ...fromOutside("proxy"),
      "database-from-proxy": `${id("database")} 5432 ${id("proxy")}`,
      "database-from-functions": `${id("database")} 5432 ${id("functions")}`,
      "proxy-to-database": `${id("proxy")} 5432 ${id("database")}`,
      "functions-to-database": `${id("functions")} 5432 ${id("database")}`,
      "functions-to-endpoint": `${id("functions")} 443 ${id("endpoint")}`,
      "endpoint-from-functions": `${id("endpoint")} 443 ${id("functions")}`,
    });
  });

  it("reaches Secrets Manager under its public name, by an endpoint in every subnet", async () => {
    const [endpoint] = ofType(it1.resources, "aws:ec2/vpcEndpoint:VpcEndpoint");
    expect(endpoint?.inputs).toMatchObject({
      serviceName: "com.amazonaws.eu-central-1.secretsmanager",
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: [id("isolated-euc1-az1"), id("isolated-euc1-az2"), id("isolated-euc1-az3")],
      securityGroupIds: [id("endpoint")],
    });
    expect(await it1.known(it1.network.secretsUrl)).toBe("https://secretsmanager.eu-central-1.amazonaws.com");
    expect(await it1.known(it1.network.accountId)).toBe(ACCOUNT);
    expect(it1.network.functionReady).toHaveLength(5);
  });

  it("tags all that can be tagged, and says the region everywhere", () => {
    const bare = /RouteTableAssociation|RolePolicy$/;
    for (const { type, name, inputs } of it1.resources) {
      if (!bare.test(type))
        expect(inputs.tags, name).toMatchObject({ Name: expect.stringMatching(/^license-db-prod-/) });
      if (!type.startsWith("aws:iam/")) expect(inputs.region, name).toBe("eu-central-1");
    }
  });
});

describe("other networks", () => {
  it("moves no rule but its own when a client goes", async () => {
    const before = rules((await made(specOf("prod", clients))).resources);
    const after = rules((await made(specOf("prod", { access: { allowedCidrs: ["fd00::/8"] } }))).resources);
    expect(before).toMatchObject(after);
    expect(Object.keys(after)).toContain("database-from-fd00..-8");
  });

  it("moves no subnet but its own when a zone goes", async () => {
    const blocks = async (zones: string[]) =>
      Object.fromEntries(
        ofType((await made(specOf("prod"), { zones })).resources, "aws:ec2/subnet:Subnet").map(({ name, inputs }) => [
          name,
          inputs.cidrBlock,
        ]),
      );
    const two = await blocks(["euc1-az3", "euc1-az2"]);
    expect(Object.keys(two)).toHaveLength(2);
    expect(await blocks(["euc1-az1", "euc1-az2", "euc1-az3"])).toMatchObject(two);
  });

  it("has neither a group nor rules for a proxy where there is none", async () => {
    const { resources, network } = await made(specOf("prod", { access: { port: 6432 } }), {}, { proxy: false });
    expect(network).not.toHaveProperty("proxyGroup");
    expect(Object.keys(rules(resources)).filter((name) => name.includes("proxy"))).toEqual([]);
    expect(rules(resources)["database-from-functions"]).toBe(`${id("database")} 6432 ${id("functions")}`);
  });
});

describe("the user's own VPC", () => {
  const existing = { vpcId: "vpc-0abc", subnetIds: ["subnet-1", "subnet-2", "subnet-3"] };

  it("gets groups and an endpoint under names of its own, and nothing else", async () => {
    const { resources, network, known } = await made(specOf("prod"), existing);
    const types = new Set(resources.map(({ type }) => type));
    expect([...types].sort()).toEqual(
      [INGRESS, EGRESS, "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/vpcEndpoint:VpcEndpoint"].sort(),
    );
    const [endpoint] = ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint");
    expect(endpoint?.inputs).toMatchObject({
      privateDnsEnabled: false,
      vpcId: "vpc-0abc",
      subnetIds: existing.subnetIds,
    });
    expect(await known(network.secretsUrl)).toBe("https://license-db-prod-secrets.vpce.amazonaws.com");
    expect(await Promise.all(network.subnetIds.map(known))).toEqual(existing.subnetIds);
  });

  it("has its own endpoint, somewhere among private addresses", async () => {
    const { resources, network, known } = await made(specOf("prod"), { ...existing, secretsEndpoint: false });
    expect(ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint")).toEqual([]);
    const out = Object.keys(rules(resources)).filter((name) => name.startsWith("functions-to-"));
    expect(out.sort()).toEqual([
      "functions-to-10.0.0.0-8",
      "functions-to-100.64.0.0-10",
      "functions-to-172.16.0.0-12",
      "functions-to-192.168.0.0-16",
      "functions-to-database",
    ]);
    expect(await known(network.secretsUrl)).toBe("https://secretsmanager.eu-central-1.amazonaws.com");
  });
});

describe("the endpoint's policy", () => {
  it("lets this account's principals at this stack's secrets and the master secret, and no one else", async () => {
    const policy = await new Promise<{ Statement: { Resource: unknown; Condition: unknown; Action: unknown }[] }>(
      (resolve) => {
        pulumi
          .jsonStringify(endpointPolicy({ region, spec: specOf("prod") }, ACCOUNT))
          .apply((text) => resolve(JSON.parse(text)));
      },
    );
    const [secrets, generate] = policy.Statement;
    for (const { Condition } of policy.Statement) {
      expect(Condition).toEqual({ StringEquals: { "aws:PrincipalAccount": ACCOUNT } });
    }
    const secret = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:`;
    expect(secrets?.Resource).toEqual([`${secret}license-db-prod-*`, `${secret}rds!*`]);
    expect(generate?.Action).toBe("secretsmanager:GetRandomPassword");
  });
});
