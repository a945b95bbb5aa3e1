import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { awsOptions, checkAws } from "../../../components/aws/options";
import { brokenRules, MASTER_USERNAME } from "../../../components/aws/rules";
import { versionProblem } from "../../../components/aws/versions";
import { ConfigurationError, parseConfiguration } from "../../../components/spec/config";
import type { Engine } from "../../../components/spec/spec";

type Raw = Readonly<Record<string, unknown>>;

function read(raw: Raw, stack = "prod") {
  return parseConfiguration<Parameters<typeof checkAws>[1]>(
    { vendor: "aws", ...raw },
    { project: "license-db", stack, vendorOptions: { aws: awsOptions }, check: checkAws },
  );
}

/** Everything that is said about a configuration, as one text. */
function said(raw: Raw, stack = "prod"): string {
  try {
    read(raw, stack);
    return "";
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "eu-central-1");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const single = { replicas: 0, highAvailability: false, synchronousReplication: false };
const subnets = [0, 1, 2].map((number) => `subnet-0123456789abcdef${number}`);

describe("AWS's options", () => {
  it("production and development need none", () => {
    expect(said({})).toBe("");
    expect(said({}, "dev")).toBe("");
    expect(read({}).options).toEqual({
      storage: { type: "gp3" },
      network: { cidr: "10.90.0.0/24", zones: [], subnetIds: [], secretsEndpoint: true },
      proxy: true,
      backups: { vaultLock: { enabled: false, changeableFor: 30 * 86_400 } },
      logRetention: 365 * 86_400,
      keyAdministrators: [],
      preflight: true,
    });
  });

  it.each<Raw>([
    { aws: { instanceClass: "db.r6gd.xlarge" } },
    { aws: { storage: { type: "io2", iops: 3000 } } },
    { aws: { network: { vpcId: "vpc-0123456789abcdef0", subnetIds: subnets, secretsEndpoint: false } } },
    { aws: { network: { zones: ["euc1-az3", "euc1-az2", "euc1-az1"], cidr: "10.42.0.0/16" } } },
    { aws: { network: { vpcId: "vpc-0123456789abcdef0", subnetIds: subnets.slice(1) } }, ...single },
    { aws: { proxy: false }, access: { port: 6432 } },
    { aws: { backups: { copyRegion: "eu-west-1" } }, ...single },
    { aws: { backups: { vaultLock: { enabled: true, changeableFor: "3d" } } } },
    { aws: { keyAdministrators: ["arn:aws:iam::123456789012:role/admin/keys"] } },
    { access: { allowedSecurityGroups: ["sg-0123456789abcdef0", "sg-01234567"] } },
    { engine: { version: "15.15" } },
    { engine: { version: "15", upgradeTo: "17" } },
    { engine: { version: "17", upgradeTo: 17 } },
  ])("%j will do", (raw) => {
    expect(said(raw)).toBe("");
  });

  it.each<[raw: Raw, about: RegExp]>([
    [{ replicas: 1 }, /replicas is 1: .* always has 2 readable replicas/],
    [{ replicas: 5 }, /replicas is 5/],
    [{ aws: { instanceClass: "m6gd.xlarge" } }, /aws\.instanceClass[\s\S]*such as "db\.m6gd\.xlarge"/],
    [{ aws: { instanceClass: "db.m5.xlarge" } }, /is made of .*db\.m6gd/],
    [{ size: { storage: "400GB" }, aws: { storage: { iops: 5000 } } }, /iops is 5000: type gp3 has 12000/],
    [{ aws: { storage: { type: "gp2" } } }, /aws\.storage\.type[\s\S]*one of gp3, io1, io2/],
    [
      { aws: { network: { zones: ["euw1-az1", "euc1-az1", "euc1-az2"] } } },
      /has euw1-az1: zones of eu-central-1 are euc1/,
    ],
    [{ aws: { network: { zones: ["euc1-az1", "euc1-az2"] } } }, /has 2: 3 zones are needed/],
    [{ aws: { network: { zones: ["eu-central-1a"] } } }, /id of an availability zone/],
    [{ aws: { network: { cidr: "10.0.0.0/8" } } }, /aws\.network\.cidr: .*between \/16 and \/24/],
    [{ aws: { network: { cidr: "10.0.1.0/16" } } }, /write 10\.0\.0\.0\/16/],
    [{ aws: { network: { vpcId: "vpc-0123456789abcdef0" } } }, /with 0 subnets: write 3 ids/],
    [{ aws: { network: { vpcId: "vpc-0123456789abcdef0", subnetIds: subnets.slice(1) } } }, /with 2 subnets/],
    [{ aws: { network: { subnetIds: subnets } } }, /without aws\.network\.vpcId/],
    [
      { aws: { network: { vpcId: "vpc-0123456789abcdef0", subnetIds: subnets, zones: ["euc1-az1"] } } },
      /zones is set with aws\.network\.vpcId/,
    ],
    [{ aws: { network: { secretsEndpoint: false } } }, /no password would rotate/],
    [{ access: { port: 6432 } }, /RDS Proxy listens on 5432 alone/],
    [{ access: { port: 80 }, aws: { proxy: false } }, /RDS takes 1150 to 65535/],
    [{ access: { allowedSecurityGroups: ["sg-bp67acfmxazb4p"] } }, /has sg-bp67acfmxazb4p: an AWS security group/],
    [{ access: { database: "table" } }, /database is table, a word of SQL/],
    [{ access: { username: "select" } }, /username is select, which is a word of SQL/],
    [{ access: { username: MASTER_USERNAME } }, /is the name of the administrator/],
    [{ access: { username: "u".repeat(60) } }, /username has 60 letters: 59 leave room/],
    [{ encryption: { atRest: false } }, /can never be encrypted later/],
    [{ backups: { retention: "36d" } }, /retention is 36 days: RDS keeps daily backups for at most 35/],
    [{ backups: { retention: "7d", pointInTimeRecovery: "8d" } }, /at most backups\.retention/],
    [{ backups: { window: "02:30-03:30" } }, /never meets backups\.window/],
    [{ backups: { window: "02:00-02:20" } }, /at least 30 minutes/],
    [{ aws: { backups: { copyRegion: "eu-west-1" } } }, /neither backups nor snapshots of a Multi-AZ DB cluster/],
    [{ aws: { backups: { copyRegion: "eu-central-1" } }, ...single }, /where the database is/],
    [{ aws: { backups: { copyRegion: "eu-atlantis-1" } }, ...single }, /no known region/],
    [{ aws: { backups: { copyRegion: "cn-north-1" } }, ...single }, /same partition/],
    [{ aws: { backups: { vaultLock: { enabled: true, changeableFor: "2d" } } } }, /changeableFor[\s\S]*from 3d/],
    [{ backups: { archiveRetention: "0" }, aws: { backups: { vaultLock: { enabled: true } } } }, /without an archive/],
    [{ aws: { logRetention: "100d" } }, /100 days, which CloudWatch Logs does not know: write 120d/],
    [{ aws: { logRetention: "3653d" }, replicas: 1 }, /^((?!logRetention is)[\s\S])*$/],
    [{ aws: { keyAdministrators: ["*"] } }, /the ARN of a role/],
    [{ engine: { version: "15.4" } }, /15\.4: RDS no longer sells it/],
    [{ engine: { version: "15.15" }, maintenance: { minorVersions: "automatic" } }, /RDS would go past it/],
    [{ parameters: { lock_timeout: "1s" } }, /parameters\.lock_timeout cannot be set/],
    [{ parameters: { synchronous_commit: "remote_apply" } }, /RDS takes on, local, off/],
  ])("%j is refused", (raw, about) => {
    expect(said(raw)).toMatch(about);
    expect(said(raw)).not.toBe("");
  });

  it.each([
    ["", /no region is chosen/],
    ["eu-atlantis-1", /no known region: write one of .*eu-central-1/],
    ["us-west-1", /us-west-1, which has 2 zones that can hold all of it: 3 are needed/],
  ])("region %j is refused", (region, about) => {
    vi.stubEnv("AWS_REGION", region);
    vi.stubEnv("AWS_DEFAULT_REGION", "");
    expect(said({})).toMatch(about);
  });

  it("a single instance needs no third zone", () => {
    const { spec, options } = read(single);
    expect(brokenRules({ spec, options, region: "us-west-1" })).toEqual([]);
  });

  it("everything that is wrong is said at once, each with what to do", () => {
    const { spec, options } = read({});
    const broken = brokenRules({
      spec: { ...spec, replicas: 1, encryption: { ...spec.encryption, atRest: false } },
      options: { ...options, logRetention: 86_401, storage: { type: "io1" } },
      region: undefined,
    });
    expect(broken).toHaveLength(5);
    for (const message of broken) expect(message).toMatch(/^\S.*: .*|; .*/);
  });
});

describe("versions RDS sells", () => {
  const engine = (version: string, major: Engine["major"] = 15): Engine => ({ major, version });

  it.each([
    ["15", 15],
    ["15.15", 15],
    ["15.20", 15],
    ["16.11", 16],
    ["17", 17],
  ] as const)("%s is", (version, major) => {
    expect(versionProblem(engine(version, major), "planned")).toBeUndefined();
  });

  it.each([
    ["15.4", 15],
    ["15.14", 15],
    ["16.10", 16],
    ["17.6", 17],
  ] as const)("%s is not", (version, major) => {
    expect(versionProblem(engine(version, major), "planned")).toMatch(/write "\d\d"/);
  });

  it("the newest may be taken by itself", () => {
    expect(versionProblem(engine("15"), "automatic")).toBeUndefined();
  });
});
