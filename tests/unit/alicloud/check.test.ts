import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { performanceLevels } from "../../../components/alicloud/classes";
import { regionProblem } from "../../../components/alicloud/regions";
import { problemsOf, REGION } from "./support/configured";

const alicloud = (section: object) => ({ alicloud: section });
const network = (section: object) => alicloud({ network: section });
const encryption = (section: object) => alicloud({ encryption: section });
const archive = (section: object) => alicloud({ archive: section });
const h = "cn-hangzhou-h";
const i = "cn-hangzhou-i";
const group = (n: number) => `sg-00000000000${n}`;
const dingTalk = "https://oapi.dingtalk.com/robot/send?access_token=";
const token = "0123456789abcdef".repeat(4);

it.each(["dev", "prod"])("takes %s as it is", (stack) => {
  expect(problemsOf(stack)).toEqual([]);
});

it.each([
  ["a class by its name", { alicloud: { instanceClass: "pg.x4m.large.2c", readOnlyClass: "pgro.x8m.large.1c" } }],
  ["a larger disk", { size: { storage: "1500GB" }, alicloud: { storage: { performanceLevel: "PL3" } } }],
  ["an existing network", network({ vpcId: "vpc-1a", zones: [h, i], vswitchIds: ["vsw-1a", "vsw-1b"] })],
  [
    "groups beside networks",
    { access: { allowedCidrs: ["10.0.0.0/16"], allowedSecurityGroups: [group(1), group(2)] } },
  ],
  ["another port", { access: { port: 5999 } }],
  [
    "a KMS instance's rhythm",
    { encryption: { keyRotation: "90d" }, ...encryption({ kmsInstanceId: "kst-hzz65f176a" }) },
  ],
  ["another's key and its rhythm", { encryption: { keyRotation: "2y" }, ...encryption({ keyId: "key-hzz62f1cb66" }) }],
  ["copies in another region", archive({ method: "crossRegion", region: "cn-shanghai" })],
  ["a robot of DingTalk", { alerts: { contacts: [`${dingTalk}${token}`] } }],
  ["another's webhook", { alerts: { contacts: ["https://hooks.example.com/dingtalk.com?access_token=1"] } }],
  ["a weekday for maintenance, which the capabilities tell of", { maintenance: { window: "Sat 03:00-04:00" } }],
  ["a database proxy", alicloud({ proxy: true })],
])("takes %s", (_, raw) => {
  expect(problemsOf("prod", raw)).toEqual([]);
});

describe.each([
  ["prod", { engine: { version: "15.8" } }, /^engine\.version is "15\.8": .*write "15"$/],
  ["prod", { size: { storage: "203GB" } }, /^size\.storage is 203GB: .*steps of 5GB; write 205GB$/],
  ["prod", { size: { storage: "200.5GB" } }, /^size\.storage is .*; write 205GB$/],
  ["prod", { size: { storage: "64500GB" } }, /^size\.storage is 64500GB: .*at most 64000GB/],
  [
    "prod",
    alicloud({ storage: { performanceLevel: "PL2" } }),
    /^alicloud\.storage\.performanceLevel is PL2: it needs 500GB and size\.storage is 200GB; .*take PL1$/,
  ],
  [
    "prod",
    { size: { storage: "500GB" }, ...alicloud({ storage: { performanceLevel: "PL3" } }) },
    /PL3: it needs 1500GB .*take PL1 or PL2$/,
  ],
  ["dev", { size: { vcpu: 64 } }, /^size asks for 64 vCPU, 4GB: no Basic class has that and takes a key of yours/],
  [
    "prod",
    alicloud({ instanceClass: "pg.x4.larg.2c" }),
    /^alicloud\.instanceClass is .*did you mean pg\.x4\.large\.2c\?$/,
  ],
  ["prod", alicloud({ instanceClass: "pgro.x4.large.1c" }), /it is ReadOnly, .*leave it out for pg\.x4\.large\.2c$/],
  ["prod", alicloud({ instanceClass: "pg.x8.large.1" }), /it is Basic, and highAvailability is true/],
  ["dev", alicloud({ instanceClass: "pg.x2.medium.2c" }), /it is HighAvailability, and highAvailability is false/],
  ["prod", alicloud({ instanceClass: "pg.x2.large.2c" }), /it has 4 vCPU, 8GB, and size asks for 4 vCPU, 16GB/],
  [
    "dev",
    alicloud({ instanceClass: "pg.n2.2c.1m" }),
    /general classes encrypt with the service's key alone, .*\(R12\)/,
  ],
  ["prod", alicloud({ readOnlyClass: "pgro.x4.huge.1c" }), /^alicloud\.readOnlyClass is "pgro\.x4\.huge\.1c"/],
  [
    "prod",
    alicloud({ readOnlyClass: "pg.x4.large.2c" }),
    /readOnlyClass .*it is no read-only class; leave it out for pgro/,
  ],
  ["prod", alicloud({ readOnlyClass: "pgro.x2.large.1c" }), /has 4 vCPU, 8GB, less than the primary's 4 vCPU, 16GB/],
  [
    "prod",
    alicloud({ readOnlyClass: "pgro.n4.4c.1m" }),
    /it is general, and the primary's pg\.x4\.large\.2c is dedicated/,
  ],
  [
    "prod",
    network({ zones: ["cn-shanghai-l", i] }),
    /^alicloud\.network\.zones names cn-shanghai-l: no zone of cn-hangzhou/,
  ],
  ["prod", network({ zones: [h] }), /^alicloud\.network\.zones names cn-hangzhou-h alone: .*\(R4\); name two zones$/],
  ["prod", network({ cidr: "10.0.0.0/24" }), /^alicloud\.network\.cidr: .*between \/12 and \/22$/],
  ["prod", network({ vswitchIds: ["vsw-1a"] }), /vswitchIds is set without alicloud\.network\.vpcId/],
  ["prod", network({ vpcId: "vpc-1a" }), /vpcId is set with 0 vswitchIds and 0 zones/],
  [
    "prod",
    network({ vpcId: "vpc-1a", zones: [h, i], vswitchIds: ["vsw-1a"] }),
    /vpcId is set with 1 vswitchIds and 2 zones: name one vswitch for each zone/,
  ],
  ["prod", { access: { port: 6432 } }, /^access\.port is 6432: .*from 1000 to 5999/],
  ["prod", { access: { allowedCidrs: ["fd00::/8"] } }, /^access\.allowedCidrs has fd00::\/8: .*IPv4/],
  [
    "prod",
    { access: { allowedCidrs: ["10.0.0.0/8"], allowedSecurityGroups: [group(1), group(2), group(3)] } },
    /^access\.allowedSecurityGroups has 3: .*at most 2/,
  ],
  ["prod", { access: { allowedSecurityGroups: [group(1)] } }, /read-only instances know no security groups/],
  ["prod", { access: { database: "licenses_" } }, /^access\.database is "licenses_"/],
  ["prod", { access: { username: "pgapp" } }, /^access\.username is "pgapp"/],
  ["prod", { access: { username: "a" } }, /^access\.username is "a": .*at least two letters/],
  ["dev", alicloud({ proxy: true }), /^alicloud\.proxy is true and replicas is 0/],
  ["prod", { backups: { retention: "3d", pointInTimeRecovery: "3d" } }, /^backups\.retention is 3d: .*from 7d to 730d/],
  ["prod", { timeZone: "Asia/Kolkata" }, /^backups\.window is .*full hour of UTC/],
  ["prod", archive({ method: "crossRegion" }), /name the other region in alicloud\.archive\.region$/],
  ["prod", archive({ region: "cn-shanghai" }), /dumps stay in the database's own region/],
  ["prod", archive({ method: "crossRegion", region: "cn-nowhere" }), /"cn-nowhere": no known region/],
  ["prod", archive({ method: "crossRegion", region: REGION }), /which is where the database is/],
  [
    "prod",
    { backups: { archiveRetention: "6y" }, ...archive({ method: "crossRegion", region: "cn-shanghai" }) },
    /^backups\.archiveRetention is 2190d: .*from 7d to 1825d/,
  ],
  ["prod", { encryption: { atRest: false } }, /^encryption\.atRest is false: production's storage/],
  ["dev", { encryption: { atRest: false }, ...encryption({ tde: true }) }, /^alicloud\.encryption has tde and/],
  ["prod", { encryption: { keyRotation: "90d" } }, /^encryption\.keyRotation is 90d: .*default key every 365d/],
  [
    "prod",
    { encryption: { keyRotation: "2y" }, ...encryption({ kmsInstanceId: "kst-hzz65f176a" }) },
    /^encryption\.keyRotation is 730d: .*at most/,
  ],
  ["prod", { tags: { ["t".repeat(65)]: "x" } }, /^tags has a name of 65 letters/],
  ["prod", { tags: { site: "https://example.com" } }, /^tags\.site: .*http/],
  [
    "prod",
    { tags: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`t${n}`, "x"])) },
    /^tags has 17: .*at most 16/,
  ],
] as const)("%s with %j", (stack, raw, message) => {
  it("is refused, and nothing else is said", () => {
    const problems = problemsOf(stack, raw);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });
});

it("refuses copies of a general class in another region", () => {
  const raw = {
    encryption: { atRest: false },
    backups: { archiveRetention: "365d" },
    ...archive({ method: "crossRegion", region: "cn-shanghai" }),
  };
  expect(problemsOf("dev", raw)).toEqual([
    expect.stringMatching(/no backups of general classes such as pg\.n2\.2c\.1m/),
  ]);
});

describe("a region", () => {
  it("must be chosen", () => {
    expect(regionProblem(undefined)).toMatch(/pulumi config set alicloud:region/);
  });

  it("must be known", () => {
    expect(problemsOf("prod", {}, "cn-hangzho")).toEqual([
      expect.stringMatching(/no known region: write one of .*cn-hangzhou/),
    ]);
  });

  it("with one zone holds no standby", () => {
    expect(problemsOf("prod", {}, "me-east-1")).toEqual([expect.stringMatching(/me-east-1 is known to have one zone/)]);
    expect(problemsOf("dev", {}, "me-east-1")).toEqual([]);
  });
});

it("refuses every address at DingTalk that is no robot's, by its place and without its token", () => {
  const wrong = fc.constantFrom(
    `${dingTalk}${token.slice(1)}`,
    `${dingTalk}${token}0`,
    `${dingTalk}${token.replace("0", "z")}`,
    `https://oapi.dingtalk.com/robot/sent?access_token=${token}`,
    `https://api.dingtalk.com/robot/send?access_token=${token}`,
    `https://OAPI.DINGTALK.COM/robot/send?token=${token}`,
    `https://dingtalk.com/${token}`,
  );
  fc.assert(
    fc.property(wrong, fc.nat(3), (contact, before) => {
      const others = Array.from({ length: before }, (_, n) => `person${n}@example.com`);
      const problems = problemsOf("prod", { alerts: { contacts: [...others, contact] } });
      expect(problems).toEqual([expect.stringContaining(`alerts.contacts[${before}]`)]);
      expect(problems.join()).not.toContain(token.slice(1, 20));
    }),
  );
});

it("takes a disk of a level from its least size on, in steps of 5GB", () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 65_000 }), fc.constantFrom("PL1", "PL2", "PL3"), (gb, level) => {
      const raw = { size: { storage: `${gb}GB` }, ...alicloud({ storage: { performanceLevel: level } }) };
      const parameters = { min_wal_size: "80MB", max_wal_size: "160MB" };
      const good = gb % 5 === 0 && gb <= 64_000 && gb >= performanceLevels[level].leastGb;
      expect(problemsOf("prod", { ...raw, parameters }).length === 0).toBe(good);
    }),
  );
});
