import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KeyPlace, type KeyUse, keyPolicy } from "../../../components/aws/keyPolicies";
import { createKeys, rotationDays } from "../../../components/aws/keys";
import type { Network } from "../../../components/aws/network";
import { regions } from "../../../components/aws/regions";
import type { Spec } from "../../../components/spec/spec";
import { ACCOUNT, registeredBy, someOptions, specOf } from "./support/registered";

const uses: readonly KeyUse[] = ["data", "secrets", "logs", "archive"];
const role = `arn:aws:iam::${ACCOUNT}:role/key-administrator`;
const place: KeyPlace = {
  region: { name: "eu-central-1", partition: "aws" },
  accountId: ACCOUNT,
  name: "license-db-prod",
  administrators: [role],
};
/** As much of the monitor's protocol as is looked at here. */
interface Monitor {
  registerResource(
    request: {
      getType(): string;
      getName(): string;
      getProtect(): boolean | undefined;
      getRetainondelete(): boolean | undefined;
    },
    callback: unknown,
  ): unknown;
}

const statement = (use: KeyUse, sid: string, where: KeyPlace = place) => {
  const found = keyPolicy(use, where).Statement.find(({ Sid }) => Sid === sid);
  if (!found) throw new Error(`${use} has no statement ${sid}`);
  return found;
};

describe("a key's policy", () => {
  it("names whom it is about, and bounds every use, wherever and whatever for", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...uses),
        fc.constantFrom(...regions),
        fc.stringMatching(/^\d{12}$/),
        (use, region, accountId) => {
          const policy = keyPolicy(use, { ...place, region, accountId, administrators: [] });
          const sids = policy.Statement.map(({ Sid }) => Sid);
          expect(new Set(sids).size).toBe(sids.length);
          for (const { Sid, Principal, Action, Condition } of policy.Statement) {
            expect(JSON.stringify(Principal)).not.toContain("*");
            expect(Action).not.toContain("kms:*");
            if (Sid === "Administer") {
              expect(Principal).toEqual({ AWS: [`arn:${region.partition}:iam::${accountId}:root`] });
              // neither what reads, nor what lets others read
              expect(Action.filter((one) => /crypt|GenerateDataKey|CreateGrant|Sign/.test(one))).toEqual([]);
            } else {
              expect(JSON.stringify(Condition)).toContain(accountId);
            }
          }
          // KMS takes no longer policy
          expect(JSON.stringify(policy).length).toBeLessThan(32_768);
        },
      ),
    );
  });

  it("never locks the account out", () => {
    for (const use of uses) {
      expect(statement(use, "Administer")).toMatchObject({
        Principal: { AWS: [`arn:aws:iam::${ACCOUNT}:root`, role] },
        Action: expect.arrayContaining(["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"]),
      });
    }
  });

  it.each([
    ["data", ["rds", "backup"]],
    ["secrets", ["secretsmanager", "rds"]],
    ["logs", ["sns"]],
    ["archive", ["backup", "rds"]],
  ] as const)("%s: is used through %j alone", (use, services) => {
    const mine = {
      "kms:CallerAccount": ACCOUNT,
      "kms:ViaService": services.map((service) => `${service}.eu-central-1.amazonaws.com`),
    };
    expect(statement(use, "UseThroughServices").Condition).toEqual({ StringEquals: mine });
    expect(statement(use, "GrantThroughServices")).toMatchObject({
      Action: ["kms:CreateGrant"],
      Condition: { StringEquals: mine, Bool: { "kms:GrantIsForAWSResource": "true" } },
    });
  });

  it("logs: CloudWatch Logs for this stack's log groups, alarms and events for this account", () => {
    const { Principal, Condition } = statement("logs", "LogGroups");
    expect(Principal).toEqual({ Service: "logs.eu-central-1.amazonaws.com" });
    const patterns = Condition?.ArnLike?.["kms:EncryptionContext:aws:logs:arn"] as readonly string[];
    const matches = (group: string) =>
      patterns.some((pattern) => {
        const shape = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
        return new RegExp(`^${shape}$`).test(`arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:${group}`);
      });
    expect(matches("/aws/rds/cluster/license-db-prod/postgresql")).toBe(true);
    expect(matches("/aws/rds/instance/license-db-prod/postgresql")).toBe(true);
    expect(matches("/aws/rds/proxy/license-db-prod-proxy-1a2b3c4")).toBe(true);
    expect(matches("/aws/lambda/license-db-prod-bootstrap-1a2b3c4")).toBe(true);
    expect(matches("license-db-prod-flow-log-1a2b3c4")).toBe(true);
    expect(matches("/aws/rds/cluster/license-db-prod2/postgresql")).toBe(false);
    expect(matches("/aws/lambda/other")).toBe(false);
    for (const [sid, service] of [
      ["AlarmsPublish", "cloudwatch.amazonaws.com"],
      ["DatabaseEventsPublish", "events.rds.amazonaws.com"],
    ] as const) {
      expect(statement("logs", sid)).toMatchObject({
        Principal: { Service: service },
        Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
      });
    }
  });

  it("speaks of services as their partition does", () => {
    const china = { ...place, region: { name: "cn-north-1", partition: "aws-cn" } } as const;
    expect(statement("logs", "LogGroups", china).Principal).toEqual({ Service: "logs.cn-north-1.amazonaws.com.cn" });
    expect(statement("archive", "UseThroughServices", china).Condition?.StringEquals?.["kms:ViaService"]).toEqual([
      "backup.cn-north-1.amazonaws.com",
      "backup.cn-north-1.amazonaws.com.cn",
      "rds.cn-north-1.amazonaws.com",
      "rds.cn-north-1.amazonaws.com.cn",
    ]);
  });
});

describe("the keys", () => {
  const network = { accountId: pulumi.output(ACCOUNT) } as Network;
  const made = (spec: Spec) =>
    registeredBy((site) => createKeys(site, network), spec, { ...someOptions, keyAdministrators: [role] });

  it("are four with an archive, each with its alias, rotating, and hard to lose", async () => {
    const resources = await made(specOf("prod", { encryption: { keyRotation: "180d" } }));
    const keys = resources.filter(({ type }) => type === "aws:kms/key:Key");
    expect(keys.map(({ name }) => name)).toEqual(uses.map((use) => `license-db-prod-${use}-key`));
    for (const { name, inputs } of keys) {
      expect(inputs).toMatchObject({
        enableKeyRotation: true,
        rotationPeriodInDays: 180,
        deletionWindowInDays: 30,
        multiRegion: false,
        bypassPolicyLockoutSafetyCheck: false,
      });
      const use = uses.find((one) => name.includes(one)) as KeyUse;
      expect(JSON.parse(String(inputs.policy))).toEqual(keyPolicy(use, place));
    }
    const aliases = resources.filter(({ type }) => type === "aws:kms/alias:Alias");
    expect(aliases.map(({ inputs }) => inputs.name)).toEqual(uses.map((use) => `alias/license-db-prod-${use}`));
  });

  it("are three without an archive", async () => {
    const keys = (await made(specOf("dev"))).filter(({ type }) => type === "aws:kms/key:Key");
    expect(keys.map(({ name }) => name)).toEqual(["data", "secrets", "logs"].map((use) => `license-db-dev-${use}-key`));
  });

  it.each([
    ["prod", {}, ["archive", "data"]],
    ["prod", { backups: { finalBackup: false } }, ["archive", "data"]],
    ["prod", { backups: { archiveRetention: "0" } }, ["data"]],
    ["prod", { backups: { archiveRetention: "0", finalBackup: false } }, []],
    ["dev", {}, []],
  ] as const)("outlive the stack where something that outlives it needs them: %s %j", async (stack, more, retained) => {
    const options = new Map<string, { retained: boolean; protected: boolean }>();
    await registeredBy(
      (site) => {
        // The mocks are not told of options: listen at the monitor itself.
        const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
        const register = monitor.registerResource.bind(monitor);
        monitor.registerResource = (request, callback) => {
          if (request.getType() === "aws:kms/key:Key") {
            const given = { retained: request.getRetainondelete() ?? false, protected: request.getProtect() ?? false };
            options.set(request.getName().replace(/^license-db-\w+-|-key$/g, ""), given);
          }
          return register(request, callback);
        };
        createKeys(site, network);
      },
      specOf(stack, more),
    );
    const named = (what: "retained" | "protected") => uses.filter((use) => options.get(use)?.[what]).sort();
    expect(named("retained")).toEqual(retained);
    expect(named("protected")).toEqual(stack === "prod" ? [...options.keys()].sort() : []);
  });

  it("rotate within what KMS takes", () => {
    const day = 86_400;
    expect([1, 90.4, 365, 9999].map((days) => rotationDays(days * day))).toEqual([90, 90, 365, 2560]);
  });
});
