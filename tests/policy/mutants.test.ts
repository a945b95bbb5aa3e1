import { describe, expect, it } from "vitest";
import { exemptionOf } from "../../policy/exemptions";
import type { VendorName } from "../../policy/facts/kinds";
import { readers } from "../../policy/facts/vendors";
import { type Judgement, judgeStack } from "../../policy/judge";
import { every, itEvery } from "../support/every";
import { goodStack } from "./support/goodStack";
import { type Mutant, mutants } from "./support/mutants";
import { survivors, whyOf } from "./support/survivors";

/** What lets a stack fail at `up`: bad, or not known even then. */
const fails = ({ rule, on, verdict }: Judgement): boolean =>
  (verdict.is === "bad" || verdict.is === "undecided") && !exemptionOf(on.vendor, rule.id);

const caughtBy = ({ stack }: Mutant): readonly string[] => [
  ...new Set(
    judgeStack(stack)
      .filter(fails)
      .map(({ rule }) => rule.id),
  ),
];

/** With places in lists left out, so that a list's length is no news. */
const titleOf = ({ type, path, how }: Mutant): string =>
  `${type.split(":").pop()} ${path.replace(/\.\d+(?=\.|$)/g, ".#")} ${how}`.replace("  ", " ");

/** Thousands of stacks are judged, beside whatever else the machine does. */
const PATIENT = 600_000;

const used = new Set<unknown>();

/**
 * Everything in a good stack broken in turn, by the types' own properties rather than by what the rules look at. What no
 * rule catches must have its reason in support/survivors.ts; who catches what stands in a file, so that a rule which stops
 * catching is seen.
 */
/** A token has 64 digits. */
const ROBOT = `https://oapi.dingtalk.com/robot/send?access_token=${"0123456789abcdef".repeat(4)}`;

interface Row {
  /** Of the file, too. */
  readonly name: string;
  readonly vendor: VendorName;
  readonly least: number;
  /** Absent: as the vendor's other tests have it. */
  readonly contacts?: readonly string[];
  /** What is broken. */
  readonly types: RegExp;
}

const all: readonly Row[] = [
  { name: "aws", vendor: "aws", least: 4000, types: /^aws:/ },
  {
    name: "alicloud",
    vendor: "alicloud",
    least: 2000,
    contacts: ["dba@example.com", ROBOT],
    types: /^alicloud:/,
  },
  {
    // CloudMonitor posts to it by each alarm, and nobody is in the group: all the more hangs on every one of them.
    name: "alicloud-webhook",
    vendor: "alicloud",
    least: 500,
    contacts: ["https://hooks.example.com/token"],
    types: /^alicloud:cms\//,
  },
  { name: "local", vendor: "local", least: 450, types: /^localpg:/ },
];

/** A cloud's are thousands; each rule has its cases in rules.test.ts, too. */
const rows = all.filter(({ vendor }) => every || vendor === "local");

describe.each(rows)("prod of $name, with a single thing broken", ({ name, vendor, least, contacts, types }) => {
  it(
    "is caught, or let pass for a reason",
    async () => {
      const good = await goodStack(vendor, "prod", contacts && { configuration: { alerts: { contacts } } });
      expect(judgeStack(good).filter(fails)).toEqual([]);
      const caught = new Map<string, Set<string>>();
      const unexplained = new Set<string>();
      let count = 0;
      for (const mutant of mutants(good, (type) => types.test(type))) {
        count += 1;
        const rules = caughtBy(mutant);
        const title = titleOf(mutant);
        if (rules.length > 0) {
          const known = caught.get(title) ?? new Set();
          for (const rule of rules) known.add(rule);
          caught.set(title, known);
          continue;
        }
        const why = whyOf(mutant);
        if (why) used.add(why.reason);
        else unexplained.add(`${mutant.resource}: ${title}`);
      }
      expect([...unexplained].sort()).toEqual([]);
      expect(count).toBeGreaterThan(least);
      const text = [...caught].map(([title, rules]) => `${title}: ${[...rules].sort().join(", ")}`).sort();
      await expect(`${text.join("\n")}\n`).toMatchFileSnapshot(`mutants/${name}.txt`);
    },
    PATIENT,
  );
});

itEvery("gives no reason for what is never let pass", () => {
  expect(survivors.filter((one) => !used.has(one)).map(({ of, what }) => `${of} ${what}`)).toEqual([]);
});

it("reads every type that a rule could ask about", async () => {
  const types = new Set<string>();
  for (const vendor of ["aws", "alicloud", "local"] as const) {
    for (const { type } of await goodStack(vendor, "prod")) if (!readers[type]) types.add(type);
  }
  // What these say is no rule's question; a new type that stands here needs a reader, or a line.
  expect([...types].sort()).toEqual([
    "alicloud:cms/monitorGroup:MonitorGroup",
    "alicloud:cms/monitorGroupInstances:MonitorGroupInstances",
    "alicloud:kms/alias:Alias",
    "alicloud:log/project:Project",
    "alicloud:rds/accountPrivilege:AccountPrivilege",
    "alicloud:rds/database:Database",
    "alicloudfc:index:Invocation",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:kms/alias:Alias",
    "aws:lambda/invocation:Invocation",
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
    "aws:rds/proxyTarget:ProxyTarget",
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
    "localpg:index:CertificateAuthority",
    "random:index/randomId:RandomId",
    "random:index/randomPassword:RandomPassword",
  ]);
});
