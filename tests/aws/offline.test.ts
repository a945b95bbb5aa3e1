import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { every } from "../support/every";
import { AwsStack } from "./support/stack";

/** What whoever previews without an account sets; docs/aws.md says so. */
const offline = { "aws:skipCredentialsValidation": "true", "aws:skipRequestingAccountId": "true" };

/** What AWS says of a key it does not know. */
const REFUSED =
  "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>" +
  "<Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>";

describe("a preview without a cloud", () => {
  const asked: string[] = [];
  let server: Server;
  beforeAll(async () => {
    // All of AWS, and it writes down who calls.
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers["x-amz-target"] ?? ""}`);
      response.writeHead(403, { "content-type": "text/xml" }).end(REFUSED);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterAll(() => {
    server.close();
  });

  it.each<readonly [string, Record<string, unknown>, number]>([
    ["dev", {}, 60],
    // By themselves production's defaults are previewed in tests/policy/stacks.test.ts, too.
    ...(every ? [["prod", {}, 90] as const] : []),
    // As much as can be asked for at once.
    [
      "prod",
      {
        access: { allowedCidrs: ["10.0.0.0/8", "fd00::/8"], allowedSecurityGroups: ["sg-0123456789abcdef0"] },
        alerts: { contacts: ["dba@example.com", "https://hooks.example.com/x"] },
        aws: {
          storage: { type: "io2", iops: 4000 },
          backups: { vaultLock: { enabled: true, changeableFor: "7d" } },
          keyAdministrators: ["arn:aws:iam::123456789012:role/keys"],
        },
      },
      95,
    ],
    [
      "dev",
      {
        highAvailability: true,
        backups: { archiveRetention: "365d", finalBackup: true },
        aws: {
          backups: { copyRegion: "eu-west-1" },
          proxy: false,
          network: {
            vpcId: "vpc-0123456789abcdef0",
            subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
          },
        },
      },
      50,
    ],
  ])("%s with %j: the provider's own checks pass, and nobody is called", async (name, configuration, atLeast) => {
    const { port } = server.address() as AddressInfo;
    const stack = await AwsStack.make(name, `http://127.0.0.1:${port}`, configuration, offline);
    try {
      const { code, steps, errors, output } = await stack.preview();
      expect(errors).toEqual([]);
      expect(code, output).toBe(0);
      expect(steps.filter(({ op }) => op !== "create")).toEqual([]);
      expect(steps.length).toBeGreaterThan(atLeast);
      expect(asked).toEqual([]);
    } finally {
      stack.dispose();
    }
  });

  it("is told apart from one that has no credentials", async () => {
    const { port } = server.address() as AddressInfo;
    const stack = await AwsStack.make("prod", `http://127.0.0.1:${port}`);
    try {
      const { code, errors, steps } = await stack.preview();
      expect(code).not.toBe(0);
      expect(errors.join("\n")).toMatch(/no credentials that AWS accepts in eu-central-1/);
      expect(steps.filter(({ resource }) => !resource.startsWith("pulumi:"))).toEqual([]);
      // This one did ask, or the tests above prove nothing.
      expect(asked).not.toEqual([]);
    } finally {
      stack.dispose();
    }
  });
});
