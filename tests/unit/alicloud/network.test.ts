import { describe, expect, it } from "vitest";
import { createNetwork } from "../../../components/alicloud/network";
import { configured, type Raw } from "./support/configured";
import { type Made, registeredBy, resolved } from "./support/registered";

const network = (stack: "dev" | "prod", raw: Raw = {}) => registeredBy(createNetwork, configured(stack, raw));
const ofType = (made: readonly Made[], type: string) => made.filter((one) => one.type === `alicloud:${type}`);

describe("the VPC", () => {
  it("of production has a vswitch in three zones, with the members spread over them", async () => {
    const { made, given } = await network("prod");
    expect(ofType(made, "vpc/network:Network").map(({ inputs }) => inputs.cidrBlock)).toEqual(["10.42.0.0/16"]);
    expect(ofType(made, "vpc/switch:Switch").map(({ inputs }) => [inputs.zoneId, inputs.cidrBlock])).toEqual([
      ["cn-hangzhou-h", "10.42.112.0/20"],
      ["cn-hangzhou-i", "10.42.128.0/20"],
      ["cn-hangzhou-j", "10.42.144.0/20"],
    ]);
    const zones = [given.primary, given.standby, ...given.replicas].map((one) => one?.zone);
    expect(zones).toEqual(["cn-hangzhou-h", "cn-hangzhou-i", "cn-hangzhou-j", "cn-hangzhou-i"]);
  });

  it("of development has one vswitch and no standby", async () => {
    const { made, given } = await network("dev");
    expect(ofType(made, "vpc/switch:Switch")).toHaveLength(1);
    expect(given.standby).toBeUndefined();
    expect(given.replicas).toEqual([]);
  });

  it("is the user's own where there is one", async () => {
    const section = { vpcId: "vpc-1", zones: ["cn-hangzhou-k", "cn-hangzhou-j"], vswitchIds: ["vsw-k", "vsw-j"] };
    const { made, given } = await network("prod", { alicloud: { network: section } });
    expect(made.filter(({ type }) => type.startsWith("alicloud:vpc/"))).toEqual([]);
    expect(await resolved(given.vpcId)).toBe("vpc-1");
    const members = [given.primary, ...(given.standby ? [given.standby] : []), ...given.replicas];
    expect(await Promise.all(members.map(({ id }) => resolved(id)))).toEqual(["vsw-k", "vsw-j", "vsw-j", "vsw-k"]);
  });
});

describe("the functions' group", () => {
  it("lets nothing in, and out to the database and the services alone", async () => {
    const { made } = await network("prod", { access: { port: 5433 } });
    const rules = ofType(made, "ecs/securityGroupRule:SecurityGroupRule").map(({ inputs }) => inputs);
    expect(rules.filter(({ type }) => type !== "egress")).toEqual([]);
    expect(rules.filter(({ description }) => !description)).toEqual([]);
    const accepted = rules.filter(({ policy }) => policy === "accept");
    expect(accepted.map(({ ipProtocol, portRange, cidrIp }) => [ipProtocol, portRange, cidrIp])).toEqual([
      ["tcp", "5433/5433", "10.42.0.0/16"],
      // the replicas keep the service's own port
      ["tcp", "5432/5432", "10.42.0.0/16"],
      ["tcp", "443/443", "100.64.0.0/10"],
      ["udp", "53/53", "100.64.0.0/10"],
    ]);
    const dropped = rules.filter(({ policy }) => policy === "drop");
    expect(dropped).toMatchObject([{ ipProtocol: "all", portRange: "-1/-1", cidrIp: "0.0.0.0/0" }]);
    for (const { priority } of accepted) expect(Number(priority)).toBeLessThan(Number(dropped[0]?.priority));
  });

  it("lets out to a KMS instance where there is one", async () => {
    const { made } = await network("prod", { alicloud: { encryption: { kmsInstanceId: "kst-hzz65f176a" } } });
    const rules = ofType(made, "ecs/securityGroupRule:SecurityGroupRule").map(({ inputs }) => inputs);
    expect(rules).toContainEqual(expect.objectContaining({ portRange: "443/443", cidrIp: "10.42.0.0/16" }));
  });
});

it("lets in whom the spec lets in", async () => {
  const access = { allowedCidrs: ["10.1.0.0/16"], allowedSecurityGroups: ["sg-app"] };
  const { given } = await network("prod", { access });
  expect(given.whitelist).toEqual(["10.1.0.0/16"]);
  expect(given.clientGroupIds).toEqual(["sg-app"]);
  expect(await resolved(given.securityGroupId)).toBe("license-db-prod-functions-id");
  expect((await network("prod")).given.whitelist).toEqual([]);
});
