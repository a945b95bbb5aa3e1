import { expect, it } from "vitest";
import { keyProblems, offerProblems, roleProblems, vswitchProblems } from "../../../components/alicloud/accountAnswers";
import { roleDescription } from "../../../components/alicloud/encryptionRole";
import { firstLine } from "../../../components/preflight";

const arn = "acs:ram::1234567890123456:role/aliyunrdsinstanceencryptiondefaultrole";
const ours = roleDescription("license-db-prod");
const made = { tde: false };

it("names the zones in which the class is not on sale", () => {
  const offers = [
    { zone: "cn-hangzhou-h", classes: ["pg.x4.large.2c"] },
    { zone: "cn-hangzhou-i", classes: ["pg.x8.large.2c"] },
  ];
  expect(offerProblems("pg.x4.large.2c", offers)).toEqual([
    expect.stringMatching(/^pg\.x4\.large\.2c is not on sale in cn-hangzhou-i: /),
  ]);
  expect(offerProblems("pg.x4.large.2c", offers.slice(0, 1))).toEqual([]);
});

it("knows the role that it made from one that another made", () => {
  expect(roleProblems(made, undefined, ours)).toEqual([]);
  expect(roleProblems(made, { arn, description: ours }, ours)).toEqual([]);
  const another = { arn, description: roleDescription("license-db-dev") };
  expect(roleProblems(made, another, ours)).toEqual([expect.stringContaining(`roleArn to ${arn}`)]);
});

it("finds the role that it was told of", () => {
  const told = { ...made, roleArn: arn };
  expect(roleProblems(told, { arn, description: "" }, ours)).toEqual([]);
  expect(roleProblems(told, undefined, ours)).toEqual([expect.stringContaining("no such role: leave it out")]);
  const other = { arn: arn.replace("1234567890123456", "6543210987654321"), description: "" };
  expect(roleProblems(told, other, ours)).toEqual([expect.stringContaining(`${other.arn}: write that`)]);
});

it("holds each vswitch against its VPC and its zone", () => {
  const network = {
    cidr: "",
    vpcId: "vpc-1",
    vswitchIds: ["vsw-h", "vsw-i"],
    zones: ["cn-hangzhou-h", "cn-hangzhou-i"],
  };
  const found = (zone: string, vpcId = "vpc-1") => [
    { id: "vsw-h", vpcId: "vpc-1", zone: "cn-hangzhou-h" },
    { id: "vsw-i", vpcId, zone },
  ];
  expect(vswitchProblems(network, found("cn-hangzhou-i"))).toEqual([]);
  expect(vswitchProblems(network, found("cn-hangzhou-j"))).toEqual([expect.stringContaining("it is in cn-hangzhou-j")]);
  expect(vswitchProblems(network, found("cn-hangzhou-i", "vpc-2"))).toEqual([expect.stringContaining("in vpc-2")]);
  expect(vswitchProblems(network, found("cn-hangzhou-i").slice(1))).toEqual([
    expect.stringContaining("no such vswitch"),
  ]);
});

it("wants a key that is there, usable and rotating", () => {
  expect(keyProblems("key-1", { status: "Enabled", rotates: true })).toEqual([]);
  expect(keyProblems("key-1", { status: "Enabled", rotates: false })).toEqual([expect.stringContaining("R12")]);
  expect(keyProblems("key-1", { status: "PendingDeletion", rotates: true })).toEqual([
    expect.stringContaining("PendingDel"),
  ]);
  expect(keyProblems("key-1", undefined)).toEqual([expect.stringContaining("no such key")]);
});

it("takes the first line of what the provider says", () => {
  const said =
    "invocation of alicloud:rds/getInstanceClasses:getInstanceClasses returned an error: invoking alicloud:rds/getInstanceClasses:getInstanceClasses: 1 error occurred:\n\t* [SDK.ServerError] ErrorCode: Forbidden.RAM.\n\n";
  expect(firstLine(new Error(said))).toBe("[SDK.ServerError] ErrorCode: Forbidden.RAM");
});
