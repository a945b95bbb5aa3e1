import { describe, expect, it } from "vitest";
import { awsCapabilities } from "../../../components/aws/capabilities";
import { someOptions, specOf } from "./support/registered";

const alone = { replicas: 0, synchronousReplication: false };
const prod = awsCapabilities(specOf("prod"), someOptions);

const cases = [
  ["production", "prod", {}, someOptions],
  ["development", "dev", {}, someOptions],
  ["one instance with a standby", "prod", { ...alone, highAvailability: true }, someOptions],
  ["without a pooler", "prod", {}, { ...someOptions, proxy: false }],
  ["with contacts", "prod", { alerts: { contacts: ["dba@example.org"] } }, someOptions],
  ["without archive", "prod", { backups: { archiveRetention: "0" } }, someOptions],
] as const;

describe.each(cases)("%s", (_, stack, configuration, options) => {
  it("has an answer for R1 to R21 that fits a table", () => {
    const answers = awsCapabilities(specOf(stack, configuration), options);
    expect(Object.keys(answers)).toEqual(Array.from({ length: 21 }, (_, index) => `R${index + 1}`));
    for (const [id, { note }] of Object.entries(answers)) expect(note, id).toMatch(/^\S.{9,299}$/);
  });
});

describe("what differs is said", () => {
  it("an instance has no readable replica", () => {
    expect(awsCapabilities(specOf("dev"), someOptions).R3).toMatchObject({ status: "otherwise" });
    expect(prod.R3).toMatchObject({ status: "native" });
  });

  it("a cluster always waits for a standby", () => {
    const asynchronous = awsCapabilities(specOf("prod", { synchronousReplication: false }), someOptions);
    expect(asynchronous.R4).toMatchObject({ status: "otherwise", note: expect.stringContaining("waits") });
    expect(prod.R4?.status).toBe("native");
  });

  it("an instance alone has no failover", () => {
    expect(awsCapabilities(specOf("dev"), someOptions).R4?.status).toBe("otherwise");
  });

  it("without a proxy there is no pooler", () => {
    expect(awsCapabilities(specOf("prod"), { ...someOptions, proxy: false }).R5?.status).toBe("otherwise");
  });

  it("without contacts nobody is told", () => {
    expect(prod.R16).toMatchObject({ status: "otherwise", note: expect.stringContaining("nobody") });
    const told = awsCapabilities(specOf("prod", { alerts: { contacts: ["dba@example.org"] } }), someOptions);
    expect(told.R16?.status).toBe("native");
  });
});
