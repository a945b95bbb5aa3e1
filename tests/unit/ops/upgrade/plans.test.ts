import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Facts, obstacles } from "../../../../ops/upgrade/facts";
import { compare, shapeOf } from "../../../../ops/upgrade/plans";

const statement = { query: "select 1", calls: 3, total: 10 };

describe("plans before and after", () => {
  it("are told by their nodes and what they are on", () => {
    const scan = {
      "Node Type": "Index Scan",
      "Relation Name": "licenses",
      "Index Name": "licenses_pkey",
      "Total Cost": 8,
    };
    const seq = { "Node Type": "Seq Scan", "Relation Name": "customers", "Total Cost": 90 };
    expect(shapeOf({ "Node Type": "Nested Loop", "Total Cost": 99, Plans: [seq, scan] })).toBe(
      "Nested Loop(Seq Scan customers, Index Scan licenses_pkey)",
    );
  });

  it("are dearer where the cost has doubled and matters, and fail where only the new version cannot plan", () => {
    const plan = (cost: number, shape = "Seq Scan t") => ({ cost, shape });
    const verdict = (before: Parameters<typeof compare>[1], after: Parameters<typeof compare>[2]) =>
      compare(statement, before, after).verdict;
    expect(verdict(plan(100), plan(201))).toBe("dearer");
    expect(verdict(plan(3), plan(90))).toBe("same");
    expect(verdict(plan(100), plan(150, "Index Scan t_pkey"))).toBe("other plan");
    expect(verdict(plan(100), new Error("operator is gone"))).toBe("fails");
    expect(verdict(new Error("temporary table"), new Error("temporary table"))).toBe("same");
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (cost) => {
        expect(verdict(plan(cost), plan(cost))).toBe("same");
        expect(verdict(plan(cost), plan(cost / 2))).toBe("same");
      }),
    );
  });
});

describe("what keeps an upgrade from being", () => {
  const good: Facts = {
    from: "15",
    to: "17",
    bytes: 2 ** 33,
    free: 2 ** 40,
    logicalSlots: [],
    tablespaces: [],
    notStreaming: [],
  };

  it("is nothing on a sound cluster, to any later version", () => {
    expect(obstacles(good)).toEqual([]);
    expect(obstacles({ ...good, to: "16" })).toEqual([]);
    expect(obstacles({ ...good, from: "16" })).toEqual([]);
  });

  it.each<[string, Partial<Facts>, RegExp]>([
    ["the same version", { to: "15" }, /runs PostgreSQL 15 already/],
    ["an older version", { from: "16", to: "15" }, /from PostgreSQL 16 it takes 17/],
    ["an unknown version", { to: "18" }, /--to is "18": from PostgreSQL 15 it takes 16 or 17/],
    ["a slot left over", { logicalSlots: ["cdc"] }, /slots cdc would be lost/],
    ["a tablespace", { tablespaces: ["fast"] }, /tablespaces fast/],
    ["a replica that is behind", { notStreaming: ["member-3"] }, /member-3 does not stream/],
    ["a full disk", { free: 2 ** 33 }, /too small: .*9\.0 GB are needed, 8\.0 GB are free/],
  ])("is %s", (_, more, why) => {
    const found = obstacles({ ...good, ...more });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(why);
  });

  it("is told all at once", () => {
    expect(obstacles({ ...good, logicalSlots: ["cdc"], free: 0, notStreaming: ["member-2"] })).toHaveLength(3);
  });
});
