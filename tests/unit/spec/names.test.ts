import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { databaseTakenBy, resourceName, roleTakenBy } from "../../../components/spec/names";
import { nearest } from "../../../components/spec/nearest";

describe("resourceName", () => {
  it("is the project's and the stack's name", () => {
    expect(resourceName("license-db", "prod")).toBe("license-db-prod");
    expect(resourceName("license-db", "team-7")).toBe("license-db-team-7");
  });

  it("has the same shape whatever the names are", () => {
    const name = fc.string({ minLength: 1, maxLength: 100, unit: "binary" });
    fc.assert(fc.property(name, name, (project, stack) => /^[a-z][a-z0-9-]{1,39}$/.test(resourceName(project, stack))));
  });

  it("differs for two stacks that differ", () => {
    const name = fc.string({ minLength: 1, maxLength: 30, unit: fc.constantFrom(..."abAB-_.1") });
    fc.assert(
      fc.property(name, name, (a, b) => a === b || resourceName("license-db", a) !== resourceName("license-db", b)),
      { numRuns: 2000 },
    );
    expect(resourceName("license-db", "Prod")).not.toBe(resourceName("license-db", "prod"));
    expect(resourceName("license-db-for-a-team", "x")).not.toBe(resourceName("license-db-for-b-team", "x"));
  });
});

it("keeps the server's own names", () => {
  for (const role of ["postgres", "replicator", "pg_monitor", "rds_superuser", "patroni"])
    expect(roleTakenBy(role)).toBeDefined();
  for (const database of ["postgres", "template1", "pgbouncer"]) expect(databaseTakenBy(database)).toBeDefined();
  expect(roleTakenBy("license_app")).toBeUndefined();
  expect(databaseTakenBy("license_management")).toBeUndefined();
});

it("nearest finds a typo and nothing far-fetched", () => {
  const words = ["replicas", "retention", "memory"];
  expect(nearest("replicsa", words)).toBe("replicas");
  expect(nearest("MEMROY", words)).toBe("memory");
  expect(nearest("quux", words)).toBeUndefined();
  expect(nearest("x".repeat(100_000), words)).toBeUndefined();
});
