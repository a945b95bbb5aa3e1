import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lossOf, stateful } from "../../../components/stateful";
import { type Decision, HARMLESS, judge, passes } from "../../../ops/gate/judge";
import { readNames } from "../../../ops/gate/names";
import { readPreview, UnreadablePreview } from "../../../ops/gate/preview";
import { report } from "../../../ops/gate/report";
import { expectations } from "../../support/vendors";
import { digestOf, eventsOf, type MadeUp, urnOf } from "./support";

/** The engine's whole set, `deploy.StepOps` of pulumi v3.220.0 (pkg/resource/deploy/step.go). */
const OPS = [
  "same",
  "create",
  "update",
  "delete",
  "replace",
  "create-replacement",
  "delete-replaced",
  "read",
  "read-replacement",
  "refresh",
  "discard",
  "discard-replaced",
  "remove-pending-replace",
  "import",
  "import-replacement",
  "diff",
];
const DESTRUCTIVE = [
  "delete",
  "replace",
  "create-replacement",
  "delete-replaced",
  "read-replacement",
  "import-replacement",
];

const cluster = { type: "aws:rds/cluster:Cluster", name: "license-db-prod-cluster" };
const group = { type: "aws:ec2/securityGroup:SecurityGroup", name: "license-db-prod-database" };

const named = Object.values(stateful)
  .flatMap((table) => Object.keys(table))
  .map((which) => {
    const [type = "", end] = which.split(" ");
    return { type, name: end === undefined ? "some-name" : `some-${end}` };
  });
const anyStateful = fc.constantFrom(...named);
const harmlessThing = fc.constantFrom(
  group,
  { type: "aws:iam/role:Role", name: "license-db-prod-proxy" },
  { type: "random:index/randomId:RandomId", name: "license-db-prod-final-snapshot" },
  { type: "license-db:index:LicenseDbCluster", name: "license-db-prod" },
);
const harmlessStep: fc.Arbitrary<MadeUp> = fc.oneof(
  fc.record({ op: fc.constantFrom(...OPS) }).chain((step) => harmlessThing.map((thing) => ({ ...step, ...thing }))),
  fc
    .record({ op: fc.constantFrom(...HARMLESS) })
    .chain((step) => anyStateful.map((thing) => ({ ...step, ...thing, name: `kept-${thing.name}` }))),
);

const ways = { digest: digestOf, events: eventsOf };
const decide = (text: string, names: readonly string[] = []): Decision => judge(readPreview(text), names);

describe.each(Object.entries(ways))("%s", (_, written) => {
  it("each of the engine's steps is known harmless, or refused for what holds data", () => {
    for (const op of OPS) {
      const decision = decide(written([{ op, ...cluster }]));
      expect(passes(decision), op).toBe(!DESTRUCTIVE.includes(op));
      expect(HARMLESS.has(op), op).toBe(!DESTRUCTIVE.includes(op));
      if (DESTRUCTIVE.includes(op)) expect(decision.refused).toMatchObject([{ urn: urnOf(cluster), ops: [op] }]);
    }
  });

  it("refuses a step nobody knows", () => {
    fc.assert(
      fc.property(
        fc
          .oneof(fc.string({ minLength: 1 }), fc.constantFrom("__proto__", "constructor", "toString"))
          .filter((op) => !OPS.includes(op)),
        anyStateful,
        (op, thing) => {
          expect(decide(written([{ op, ...thing }])).refused).toMatchObject([{ urn: urnOf(thing), how: "unknown" }]);
        },
      ),
    );
  });

  it("finds one loss among any number of harmless steps, wherever it stands, and opens only for its own name", () => {
    fc.assert(
      fc.property(
        fc.array(harmlessStep, { maxLength: 20 }),
        anyStateful,
        fc.constantFrom(...DESTRUCTIVE),
        fc.nat(20),
        (others, thing, op, at) => {
          const steps = [...others.slice(0, at), { op, ...thing }, ...others.slice(at)];
          const urn = urnOf(thing);
          expect(passes(decide(written(others)))).toBe(true);
          expect(decide(written(steps)).refused.map((one) => one.urn)).toEqual([urn]);
          expect(passes(decide(written(steps), [urn]))).toBe(true);
          const other = decide(written(steps), [`${urn}-2`]);
          expect(other.refused.map((one) => one.urn)).toEqual([urn]);
          expect(other.unused).toEqual([`${urn}-2`]);
        },
      ),
    );
  });

  it("refuses to take away whatever is protected, of any type", () => {
    fc.assert(
      fc.property(harmlessThing, fc.constantFrom(...DESTRUCTIVE), (thing, op) => {
        expect(passes(decide(written([{ op, ...thing, protect: true }])))).toBe(false);
        expect(passes(decide(written([{ op, ...thing }])))).toBe(true);
      }),
    );
  });

  it("takes the steps of one replacement for one loss", () => {
    const ops = ["create-replacement", "replace", "delete-replaced"];
    const decision = decide(written(ops.map((op) => ({ op, ...cluster, forcedBy: ["storageEncrypted"] }))));
    expect(decision.refused).toMatchObject([{ how: "replace", forcedBy: ["storageEncrypted"], ops }]);
  });

  it("says what is lost, which property is to blame, and what to do", () => {
    const text = report(decide(written([{ op: "replace", ...cluster, protect: true, forcedBy: ["kmsKeyId", "a.b"] }])));
    expect(text).toContain(`Refused: to replace ${urnOf(cluster)}`);
    expect(text).toContain("the database with every row in it");
    expect(text).toContain("kmsKeyId, a.b cannot change in place");
    expect(text).toContain("ignoreChanges");
    expect(text).toContain(`--allow-destroy '${urnOf(cluster)}'`);
    expect(text).toContain(`pulumi state unprotect '${urnOf(cluster)}'`);
    expect(text).toMatch(/The gate is shut: 1 would be lost/);
  });

  it("knows a renaming when it sees one", () => {
    const renamed = { ...cluster, name: "license-db-prod-database" };
    const text = report(
      decide(
        written([
          { op: "create", ...renamed },
          { op: "delete", ...cluster },
        ]),
      ),
    );
    expect(text).toContain(`it declares ${urnOf(renamed)}`);
    expect(text).toContain(`aliases: ["${urnOf(cluster)}"]`);
  });

  it("refuses to forget what stays, and says that it stays", () => {
    const text = report(decide(written([{ op: "delete", ...cluster, retainOnDelete: true }])));
    expect(text).toContain("it stays where it is, but out of this stack's hands");
    expect(text).toContain("The gate is shut");
  });

  it("is shut by a name that nothing answers to", () => {
    const decision = decide(written([{ op: "same", ...cluster }]), [urnOf(cluster)]);
    expect(passes(decision)).toBe(false);
    expect(report(decision)).toContain("this preview lets it stay");
  });

  it("tells which loss it let through", () => {
    const text = report(decide(written([{ op: "delete", ...cluster }]), [urnOf(cluster)]));
    expect(text).toContain(`Allowed, as it is named: delete ${urnOf(cluster)}`);
    expect(text).toMatch(/The gate is open.* but what is named \(1\)/);
  });
});

describe("a preview that proves nothing shuts the gate", () => {
  it.each(["", "  \n", "{}", "[]", "null", "Previewing update (prod)", '{"sequence":1,"timestamp":1}\nerror: no'])(
    "%j is no preview",
    (text) => expect(() => readPreview(text)).toThrow(UnreadablePreview),
  );

  it("a failed one, with the engine's reason", () => {
    const diagnostics = [{ severity: "error", message: "error: resource is protected" }];
    const decision = decide(JSON.stringify({ steps: [], diagnostics, changeSummary: {} }));
    expect(passes(decision)).toBe(false);
    expect(report(decision)).toContain("resource is protected");
    const events = [
      { diagnosticEvent: { severity: "error", message: "<{%reset%}>it is protected<{%reset%}>\n" } },
      { summaryEvent: {} },
    ];
    const streamed = decide(
      events.map((event, at) => JSON.stringify({ sequence: at, timestamp: 1, ...event })).join("\n"),
    );
    expect(streamed.failures).toEqual(["it is protected"]);
  });

  it("one that was cut off, after any number of events", () => {
    const lines = eventsOf([
      { op: "same", ...cluster },
      { op: "create", ...group },
    ]).split("\n");
    for (let kept = 1; kept < lines.length - 2; kept++) {
      const text = lines.slice(0, kept).join("\n");
      expect(passes(decide(text)), text).toBe(false);
    }
    expect(passes(decide(JSON.stringify({ steps: [] })))).toBe(false);
  });

  it("a digest that counts more than it shows", () => {
    const text = JSON.stringify({ steps: [], changeSummary: { same: 5, delete: 1 } });
    expect(decide(text).failures).toEqual(['1 resources are counted as "delete", but 0 are shown']);
  });
});

describe("what holds data", () => {
  it.each(Object.entries(expectations))("%s: whatever the component keeps", (name, vendor) => {
    const table = stateful[name as keyof typeof stateful];
    const keeps = (which: string) => which in table || (which.split(" ")[0] as string) in table;
    expect((vendor?.kept ?? []).filter((which) => !keeps(which))).toEqual([]);
    expect(vendor?.kept.length).toBeGreaterThan(0);
  });

  it("by the end of the name, where only some of a type are meant", () => {
    const role = "aws:iam/role:Role";
    expect(lossOf(role, "license-db-prod-archive")).toMatch(/./);
    expect(lossOf(role, "archive")).toMatch(/./);
    for (const name of ["license-db-prod-proxy", "myarchive", "archive-2"]) expect(lossOf(role, name)).toBeUndefined();
  });
});

describe("a file of names", () => {
  it("has one a line, and comments", () => {
    expect(readNames(`# moved to another account\n\n${urnOf(cluster)}  # ticket 7\n`)).toEqual([urnOf(cluster)]);
  });
  it("is refused where a line is no URN", () => {
    expect(() => readNames(`${urnOf(cluster)}\ncluster\n`)).toThrow(/line 2 is no URN: got "cluster"/);
  });
});
