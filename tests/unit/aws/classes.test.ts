import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chosenClass,
  classProblem,
  instanceClasses,
  memberClass,
  smallestClass,
} from "../../../components/aws/classes";
import { topologyOf } from "../../../components/aws/topology";

const GB = 1024 ** 3;
const asked = (vcpu: number, memory: number, replicas = 2) => ({
  replicas,
  size: { vcpu, memory: memory * GB, storage: 200 * GB },
});

describe("instance classes", () => {
  it("R2's size is a class of exactly that size", () => {
    expect(chosenClass(asked(4, 16), {})).toBe("db.m6gd.xlarge");
    expect(chosenClass(asked(4, 16, 0), {})).toBe("db.m7g.xlarge");
    expect(chosenClass(asked(2, 4, 0), {})).toBe("db.t4g.medium");
  });

  it.each([
    [2, 3, 0, "db.t4g.medium"],
    [3, 10, 2, "db.m6gd.xlarge"],
    [4, 20, 2, "db.r6gd.xlarge"],
    [4, 100, 2, "db.x2iedn.xlarge"],
    [1, 2, 2, "db.c6gd.medium"],
    [100, 16, 2, "db.m6id.32xlarge"],
  ])("%i vCPU and %i GB with %i replicas", (vcpu, memory, replicas, name) => {
    expect(chosenClass(asked(vcpu, memory, replicas), {})).toBe(name);
  });

  it("the chosen class has what is asked for, and no smaller one has", () => {
    const sizes = fc.record({ vcpu: fc.integer({ min: 1, max: 192 }), memory: fc.integer({ min: 1, max: 1536 }) });
    fc.assert(
      fc.property(sizes, fc.constantFrom(0, 2), ({ vcpu, memory }, replicas) => {
        const wanted = asked(vcpu, memory, replicas);
        const chosen = smallestClass(wanted);
        const fitting = instanceClasses[topologyOf(wanted)].filter(
          (one) => one.vcpu >= vcpu && one.memory >= memory * GB,
        );
        expect(chosen === undefined).toBe(fitting.length === 0);
        expect(classProblem(wanted, {}) === undefined).toBe(chosen !== undefined);
        if (!chosen) return;
        expect(fitting).toContain(chosen);
        expect(fitting.filter((one) => one.vcpu <= chosen.vcpu && one.memory < chosen.memory)).toEqual([]);
        const exact = fitting.some((one) => one.vcpu === vcpu && one.memory === memory * GB);
        if (exact) expect(chosen).toMatchObject({ vcpu, memory: memory * GB });
      }),
    );
  });

  it("no topology has a class twice", () => {
    for (const classes of Object.values(instanceClasses)) {
      expect(new Set(classes.map(({ name }) => name)).size).toBe(classes.length);
    }
  });

  it("a named class may have more than is asked for", () => {
    expect(memberClass(asked(4, 16), { instanceClass: "db.r6gd.2xlarge" })).toMatchObject({ vcpu: 8, memory: 64 * GB });
  });

  it.each([
    [2, "db.m7g.xlarge", /m7g\.xlarge: a Multi-AZ DB cluster is made of .*db\.m6gd.*leave it out for db\.m6gd\.xlarge/],
    [2, "db.m6gd.large", /has 2 vCPU and 8 GB: size asks for 4 vCPU and 16 GB/],
    [0, "db.x2iedn.xlarge", /a single instance is made of .*db\.t4g/],
    [2, "db.m6gd.24xlarge", /db\.m6gd\.24xlarge: a Multi-AZ/],
  ])("with %i replicas %s is refused", (replicas, instanceClass, said) => {
    expect(classProblem(asked(4, 16, replicas), { instanceClass })).toMatch(said);
  });

  it("more than there is is refused", () => {
    expect(classProblem(asked(192, 16), {})).toMatch(/192 vCPU and 16 GB: no class of a Multi-AZ DB cluster/);
    expect(() => chosenClass(asked(192, 16), {})).toThrow(RangeError);
  });
});
