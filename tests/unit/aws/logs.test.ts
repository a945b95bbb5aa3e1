import type * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLogs, LOG_RETENTIONS, logRetentionDays } from "../../../components/aws/logs";
import { ACCOUNT, registeredBy, specOf } from "./support/registered";

const DAY = 86_400;
const key = { arn: pulumi.output(`arn:aws:kms:eu-central-1:${ACCOUNT}:key/logs`) } as kms.Key;
const made = (stack: "dev" | "prod") =>
  registeredBy((site) => createLogs(site, { data: key, secrets: key, logs: key }), specOf(stack));

describe("the log's retention", () => {
  it("is the shortest there is that is long enough", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3653 * DAY }), (asked) => {
        const days = logRetentionDays(asked);
        expect(days * DAY).toBeGreaterThanOrEqual(asked);
        for (const shorter of LOG_RETENTIONS.filter((one) => one < days)) expect(shorter * DAY).toBeLessThan(asked);
      }),
    );
  });

  it("refuses more than there is", () => {
    expect(() => logRetentionDays(3654 * DAY)).toThrow(RangeError);
  });
});

describe("the log", () => {
  it.each([
    ["prod", "/aws/rds/cluster/license-db-prod/postgresql"],
    ["dev", "/aws/rds/instance/license-db-dev/postgresql"],
  ] as const)("of %s is where RDS writes, encrypted, and ends", async (stack, name) => {
    const group = (await made(stack)).find(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
    const kmsKeyId = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/logs`;
    expect(group?.inputs).toMatchObject({ name, retentionInDays: 90, kmsKeyId });
  });
});

describe("the role of enhanced monitoring", () => {
  it("can be taken by RDS alone, and for databases of this account alone", async () => {
    const role = (await made("prod")).find(({ type }) => type === "aws:iam/role:Role");
    const { Statement: statements } = JSON.parse(String(role?.inputs.assumeRolePolicy)) as { Statement: object[] };
    expect(statements).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "monitoring.rds.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": ACCOUNT },
          ArnLike: { "aws:SourceArn": `arn:aws:rds:eu-central-1:${ACCOUNT}:*` },
        },
      },
    ]);
  });
});
