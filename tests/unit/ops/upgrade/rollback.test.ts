import { describe, expect, it } from "vitest";
import type { Journal } from "../../../../ops/upgrade/journal";
import { consequences } from "../../../../ops/upgrade/rollback";

describe("what going back means", () => {
  const at = (phase: Journal["phase"]) =>
    consequences({ from: "15", to: "17", stoppedAt: "2026-11-29T02:00:00.000Z", phase } as Journal).join("\n");

  it("is no loss while nothing of the new version was started", () => expect(at("stopped")).not.toMatch(/lost/));

  it.each(["upgraded", "done", "returning"] as const)(
    "is the loss of what the new version may have been told since: %s",
    (phase) => expect(at(phase)).toMatch(/what was written since is lost.*a last backup of PostgreSQL 17/),
  );
});
