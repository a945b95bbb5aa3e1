import { describe, expect, it } from "vitest";
import { alicloudCapabilities } from "../../../components/alicloud/capabilities";
import { configured, type Raw } from "./support/configured";

const of = (stack: string, raw: Raw = {}) => {
  const { spec, options } = configured(stack, raw);
  return alicloudCapabilities(spec, options);
};
const prod = of("prod");
const crossRegion = { alicloud: { archive: { method: "crossRegion", region: "cn-shanghai" } } };
const alone = { replicas: 0, synchronousReplication: false };
const contacts = { alerts: { contacts: ["dba@example.org"] } };

describe.each<[string, string, Raw]>([
  ["production", "prod", {}],
  ["development", "dev", {}],
  ["without replicas", "prod", alone],
  ["with the proxy", "prod", { alicloud: { proxy: true } }],
  ["with TDE", "prod", { alicloud: { encryption: { tde: true } } }],
  ["with a KMS instance", "prod", { alicloud: { encryption: { kmsInstanceId: "kst-hzz65f176a0ogplgq0000" } } }],
  ["copied to another region", "prod", crossRegion],
  ["with contacts", "prod", contacts],
  ["without archive", "prod", { backups: { archiveRetention: "0" } }],
])("%s", (_, stack, raw) => {
  it("has an answer for R1 to R21 that fits a table", () => {
    const answers = of(stack, raw);
    expect(Object.keys(answers)).toEqual(Array.from({ length: 21 }, (_, index) => `R${index + 1}`));
    for (const [id, { note }] of Object.entries(answers)) expect(note, id).toMatch(/^\S.{9,299}$/);
  });
});

describe("what differs is said", () => {
  it.each<[string, "R3" | "R4" | "R5" | "R6" | "R12" | "R13" | "R14" | "R16" | "R17", RegExp, Raw]>([
    ["no readable replica", "R3", /no readable replica/, alone],
    ["the window has no weekday", "R17", /daily/, {}],
    ["the service sizes connections", "R6", /max_connections and shared_buffers are the service's/, {}],
    ["nobody can force TLS on replicas", "R12", /cannot force it there/, {}],
    ["the proxy costs forced TLS", "R12", /not forced/, { alicloud: { proxy: true } }],
    ["no pooler in front", "R5", /no pooler/, {}],
    ["passwords rotate by up", "R13", /passwordsSince/, {}],
    ["a final backup is a dump of destroy", "R14", /destroy takes a last dump/, {}],
    ["copies in place of a monthly archive", "R14", /in place of one a month/, crossRegion],
    ["nobody is told", "R16", /nobody/, {}],
  ])("%s", (_, id, note, raw) => {
    expect(of("prod", raw)[id]).toMatchObject({ status: "otherwise", note: expect.stringMatching(note) });
  });

  it("is not said where it is not so", () => {
    expect(prod.R3?.status).toBe("native");
    expect(of("prod", contacts).R16?.status).toBe("native");
    expect(of("prod", { synchronousReplication: false }).R4?.status).toBe("native");
  });
});
