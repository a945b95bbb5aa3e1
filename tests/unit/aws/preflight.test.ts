import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { saysNone } from "../../../components/aws/account";
import {
  neededBy,
  offerProblems,
  type SubnetAnswer,
  subnetProblems,
  zoneProblems,
} from "../../../components/aws/accountAnswers";
import { preflight } from "../../../components/aws/preflight";
import { firstLine } from "../../../components/preflight";
import { region, someOptions, specOf } from "./support/registered";

const prod = specOf("prod");
const online = { ...someOptions, preflight: true };
const cluster = neededBy(prod);

type Answers = Readonly<Record<string, unknown>>;
/** An account that can hold everything; an Error is thrown, a function is asked. */
const good: Answers = {
  "aws:index/getCallerIdentity:getCallerIdentity": { accountId: "123456789012" },
  "aws:index/getAvailabilityZones:getAvailabilityZones": {
    names: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
    zoneIds: ["euc1-az2", "euc1-az3", "euc1-az1"],
  },
  "aws:rds/getEngineVersion:getEngineVersion": { versionActual: "15.17" },
  "aws:rds/getOrderableDbInstance:getOrderableDbInstance": {
    availabilityZones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
  },
};
const asked: { token: string; inputs: Record<string, unknown> }[] = [];
const said = { warn: vi.spyOn(pulumi.log, "warn"), info: vi.spyOn(pulumi.log, "info") };

async function account(answers: Answers): Promise<void> {
  await pulumi.runtime.setMocks({
    call: ({ token, inputs }) => {
      asked.push({ token, inputs });
      const found = answers[token];
      const answer = typeof found === "function" ? found(inputs) : found;
      // the SDK reads an error's details, as the engine's have
      if (answer instanceof Error) throw Object.assign(new Error(), { details: answer.message });
      if (answer === undefined) throw new Error(`nobody expected ${token}`);
      return answer as Record<string, unknown>;
    },
    newResource: ({ name }) => {
      throw new Error(`${name} was registered`);
    },
  });
}

beforeEach(() => {
  asked.length = 0;
  said.warn.mockReset().mockResolvedValue();
  said.info.mockReset().mockResolvedValue();
  pulumi.runtime.setAllConfig({ "aws:region": "eu-central-1" }, []);
});
afterEach(() => pulumi.runtime.setAllConfig({}, []));

const denied = new Error(
  "invocation of aws:rds/getEngineVersion:getEngineVersion returned an error: 1 error occurred:\n\t* reading RDS engine versions: AccessDenied: not authorized\n\n",
);
const none = (message: string) => new Error(`invocation of x returned an error: 1 error occurred:\n\t* ${message}\n\n`);

describe("an account that is asked", () => {
  it("has nothing against what it can hold", async () => {
    await account(good);
    expect(await preflight(prod, online)).toEqual([]);
    expect(asked.map(({ token }) => token).sort()).toEqual(Object.keys(good).sort());
    expect(asked.find(({ token }) => token.includes("getEngineVersion"))?.inputs).toMatchObject({
      engine: "postgres",
      version: "15",
      defaultOnly: true,
    });
    const order = asked.find(({ token }) => token.includes("getOrderable"))?.inputs;
    expect(order).toMatchObject({ preferredEngineVersions: ["15.17"], storageType: "gp3", supportsClusters: true });
    expect(order).not.toHaveProperty("supportsMultiAz");
    expect(said.warn).not.toHaveBeenCalled();
  });

  it("is asked nothing more without credentials, and the message says how to give them", async () => {
    await account({
      "aws:index/getCallerIdentity:getCallerIdentity": none("No valid credential sources found: Please see https://x"),
    });
    const [message, ...more] = await preflight(prod, online);
    expect(more).toEqual([]);
    expect(message).toMatch(
      /no credentials that AWS accepts in eu-central-1: No valid credential sources found\. .*aws sso login.*AWS_PROFILE.*AWS_ACCESS_KEY_ID/,
    );
    expect(asked).toHaveLength(1);
  });

  it("names everything that stands against it, at once", async () => {
    await account({
      ...good,
      "aws:index/getAvailabilityZones:getAvailabilityZones": {
        names: ["eu-central-1a", "eu-central-1b"],
        zoneIds: ["euc1-az2", "euc1-az3"],
      },
      "aws:rds/getOrderableDbInstance:getOrderableDbInstance": none(
        "no RDS Orderable DB Instance Options found matching criteria; try different search",
      ),
    });
    const problems = await preflight(prod, online);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/cannot use euc1-az1 .*aws\.network\.zones to some of euc1-az2, euc1-az3/);
    expect(problems[1]).toMatch(
      /does not sell db\.\S+ with gp3 storage and PostgreSQL 15\.17 as a Multi-AZ DB cluster/,
    );
    for (const problem of problems) expect(problem).toMatch(/aws\.preflight false$/);
  });

  it("is told about a class that is not sold in enough of the zones", async () => {
    const token = "aws:rds/getOrderableDbInstance:getOrderableDbInstance";
    await account({ ...good, [token]: { availabilityZones: ["eu-central-1a", "eu-central-1c"] } });
    const problems = await preflight(prod, online);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /in 3 of the zones euc1-az1, euc1-az2, euc1-az3; RDS sells it in euc1-az1, euc1-az2 of/,
    );
  });

  it("says of a version that is not sold only that", async () => {
    await account({ ...good, "aws:rds/getEngineVersion:getEngineVersion": none("no RDS engine versions found: {}") });
    const problems = await preflight(prod, online);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/engine\.version is "15", which RDS does not sell in eu-central-1/);
  });

  it("is warned about, not refused, where it does not answer", async () => {
    await account({ ...good, "aws:rds/getEngineVersion:getEngineVersion": denied });
    expect(await preflight(prod, online)).toEqual([]);
    // the version, and the class, which depends on it
    expect(said.warn).toHaveBeenCalledTimes(2);
    expect(said.warn.mock.calls[0]?.[0]).toMatch(/did not say .*version.*: reading RDS engine versions: AccessDenied/);
  });

  it("is not asked where the stack is previewed without it, which is said once", async () => {
    await account({});
    expect(await preflight(prod, { ...online, preflight: false })).toEqual([]);
    pulumi.runtime.setAllConfig({ "aws:skipCredentialsValidation": "true" }, []);
    expect(await preflight(prod, online)).toEqual([]);
    expect(asked).toEqual([]);
    expect(said.info).toHaveBeenCalledTimes(2);
  });
});

describe("an existing VPC that is asked", () => {
  const options = {
    ...online,
    network: { ...online.network, vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2", "subnet-3"] },
  };
  const zoneOf: Readonly<Record<string, string>> = {
    "subnet-1": "euc1-az1",
    "subnet-2": "euc1-az2",
    "subnet-3": "euc1-az3",
  };
  const isolated: Answers = {
    ...good,
    "aws:ec2/getSubnet:getSubnet": ({ id }: { id: string }) => ({ id, vpcId: "vpc-1", availabilityZoneId: zoneOf[id] }),
    "aws:ec2/getRouteTable:getRouteTable": { routes: [{ gatewayId: "" }] },
    "aws:ec2/getInternetGateway:getInternetGateway": () => none("no matching EC2 Internet Gateway found"),
  };

  it("is good when its subnets are isolated, in three zones", async () => {
    await account(isolated);
    expect(await preflight(prod, options)).toEqual([]);
  });

  it("is refused where RDS would make a cluster public, and good for an instance, which says itself that it is not", async () => {
    const open = {
      ...isolated,
      "aws:ec2/getInternetGateway:getInternetGateway": ({ filters }: { filters: unknown }) => {
        expect(filters).toEqual([{ name: "attachment.vpc-id", values: ["vpc-1"] }]);
        return { internetGatewayId: "igw-9" };
      },
    };
    await account(open);
    expect(await preflight(prod, options)).toEqual([expect.stringMatching(/gateway \(igw-9\).*public addresses/)]);
    await account(open);
    expect(await preflight(specOf("dev"), options)).toEqual([]);
  });

  it("is looked at by its main route table where a subnet has none of its own", async () => {
    await account({
      ...isolated,
      "aws:ec2/getRouteTable:getRouteTable": ({ subnetId }: { subnetId?: string }) =>
        subnetId === undefined ? { routes: [{ gatewayId: "igw-7" }] } : none("query returned no results"),
    });
    const problems = await preflight(prod, options);
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatch(/subnet-1, which has a route to the internet \(igw-7\)/);
  });

  it("is refused for a subnet that is not there", async () => {
    await account({
      ...isolated,
      "aws:ec2/getSubnet:getSubnet": ({ id }: { id: string }) =>
        id === "subnet-2"
          ? none("reading EC2 Subnet (subnet-2): InvalidSubnetID.NotFound: The subnet ID 'subnet-2' does not exist")
          : { id, vpcId: "vpc-1", availabilityZoneId: zoneOf[id] },
    });
    // and not for what only follows from it
    expect(await preflight(prod, options)).toEqual([expect.stringMatching(/names subnet-2, which is not there/)]);
  });
});

describe("what the answers mean", () => {
  const subnet = (id: string, zone: string, more: Partial<SubnetAnswer["found"] & object> = {}): SubnetAnswer => ({
    id,
    found: { inVpc: true, zone, ...more },
  });

  it("subnets", () => {
    const [a, b, c] = [subnet("subnet-a", "z1"), subnet("subnet-b", "z2"), subnet("subnet-c", "z3")];
    expect(subnetProblems(cluster, [a, b, c])).toEqual([]);
    expect(subnetProblems(cluster, [])).toEqual([]);
    expect(subnetProblems(cluster, [a, b, subnet("subnet-d", "z2")])).toEqual([
      "license-db:aws.network.subnetIds has subnets in z1, z2; a Multi-AZ DB cluster needs 3 zones: add subnets in others",
    ]);
    expect(subnetProblems(cluster, [a, b, subnet("subnet-c", "z3", { inVpc: false })])).toEqual([
      "license-db:aws.network.subnetIds names subnet-c, which is not in license-db:aws.network.vpcId: write one that is",
    ]);
    const alone = neededBy({ replicas: 0, highAvailability: false });
    expect(subnetProblems(alone, [a])).toHaveLength(1);
    expect(subnetProblems(alone, [a, b])).toEqual([]);
  });

  it.each([
    [2, true, 3],
    [0, true, 2],
    [0, false, 1],
  ])("%i replicas, standby %j: the class in %i zones", (replicas, highAvailability, zones) => {
    const needed = neededBy({ replicas, highAvailability });
    const wanted = ["z1", "z2", "z3"];
    const problems = (sold: string[] | undefined) => offerProblems(needed, { what: "db.x", region: "r", sold, wanted });
    expect(problems(wanted.slice(0, zones))).toEqual([]);
    expect(problems([...wanted.slice(0, zones - 1), "z9"])).toHaveLength(1);
    expect(problems([...wanted.slice(0, zones - 1), "z9"])[0]).toContain("z9");
    expect(problems(undefined)[0]).toMatch(/does not sell db\.x as .* in r/);
  });

  it("zones", () => {
    const open = ["euc1-az1", "euc1-az3"].map((id) => ({ id, name: id }));
    expect(zoneProblems(region, ["euc1-az1", "euc1-az3"], open)).toEqual([]);
    expect(zoneProblems(region, ["euc1-az2"], open)[0]).toMatch(/euc1-az2 of eu-central-1: .* euc1-az1, euc1-az3$/);
    expect(zoneProblems(region, ["euc1-az2"], [])[0]).toMatch(/another region's$/);
  });

  it.each([
    ["no RDS engine versions found: {}", true],
    ["no RDS Orderable DB Instance Options found matching preferred_engine_versions: [15.4]", true],
    [
      "reading RDS Orderable DB Instance Options: api error InvalidParameterCombination: Cannot find version 15.4 for postgres",
      true,
    ],
    ["no matching EC2 Subnet found", true],
    ["reading RDS engine versions: AccessDenied: not authorized to perform: rds:DescribeDBEngineVersions", false],
    ["operation error RDS: DescribeDBEngineVersions, https response error StatusCode: 503", false],
  ])("%s", (message, expected) => expect(saysNone(message)).toBe(expected));

  it("of an error, the line that says something", () => {
    expect(firstLine(denied)).toBe("reading RDS engine versions: AccessDenied: not authorized");
    expect(firstLine("plain")).toBe("plain");
    expect(firstLine(new Error(""))).toBe("");
  });
});
