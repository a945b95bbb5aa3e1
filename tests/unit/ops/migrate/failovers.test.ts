import { describe, expect, it } from "vitest";
import type { End } from "../../../../ops/migrate/end";
import { failedOver } from "../../../../ops/migrate/failovers";
import type { State } from "../../../../ops/migrate/state";

const ends = { source: { label: "old" } as End, target: { label: "stack new" } as End };
const now = { source: "00000001", target: "0000000A" };
const known = (timelines?: State["timelines"]) => failedOver(ends, { timelines } as State, now);

describe("which ends have failed over", () => {
  it("tells each whose timeline is another than when both were known to hold the same", () => {
    expect(known(now)).toEqual([]);
    expect(known({ ...now, target: "00000009" })).toEqual(["stack new"]);
    expect(known({ ...now, source: "00000002" })).toEqual(["old"]);
  });

  it("takes what was never known for changed", () => {
    expect(known()).toEqual(["old", "stack new"]);
  });
});
