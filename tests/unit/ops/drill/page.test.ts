import { describe, expect, it } from "vitest";
import { drillName } from "../../../../ops/drill/history";
import { allMet, check, shown } from "../../../../ops/drill/judge";
import { historyPage, resultPage } from "../../../../ops/drill/page";
import type { DrillResult } from "../../../../ops/drill/result";
import { complaints, references } from "../page/support";

const failover: DrillResult = {
  kind: "failover",
  stack: "prod <b>",
  vendor: "aws",
  startedAt: "2026-11-23T02:33:25.026Z",
  fault: "FailoverDBCluster of license-db-prod",
  faultAt: 5,
  duration: 60,
  checks: [check("time until writes go on (RTO)", 31.4, "s", 900), check("writes done twice", 1, "", 0)],
  met: false,
  load: {
    writeGap: { from: 5.1, to: 36.4 },
    readGap: { from: 5, to: 5.2 },
    writeRates: [
      [0.5, 200],
      [1.5, 0],
    ],
    readRates: [
      [0.5, 199],
      [1.5, 200],
    ],
    writes: { acknowledged: 9000, lost: 0, doubled: 1, unknown: 3, unknownDone: 2, ghosts: 0, failed: 4 },
    reads: { done: 9100, failed: 0 },
  },
};
const { load: _, ...rest } = failover;
const restore: DrillResult = {
  ...rest,
  kind: "restore",
  checks: [check("copy", null, "s", 900)],
  startedAt: "2026-11-24T01:00:00.000Z",
};

describe("the page of a drill", () => {
  it.each([
    ["of a failover", resultPage(failover, [failover, restore])],
    ["of a restore, the first drill", resultPage(restore, [restore])],
    ["of all", historyPage("prod <b>", [failover, restore])],
  ])("%s is valid, refers to nothing, and shows the figures", async (_, page) => {
    expect(await complaints(page)).toEqual([]);
    expect(references(page)).toEqual([]);
    expect(page).not.toContain("prod <b>");
    expect(page).toContain("missed");
  });

  it("marks the gap and the fault in the picture", () => {
    const page = resultPage(failover, [failover]);
    expect(page).toContain("no write: 31.30 s");
    expect(page).toContain(">fault</text>");
    expect(page).toContain('class="band"');
  });

  it("links from the history to each drill by a name that sorts by time", () => {
    const names = [restore, failover].map(drillName).sort();
    expect(names[0]).toBe("20261123T023325026-failover");
    const page = historyPage("prod", [failover, restore]);
    for (const name of names) expect(page).toContain(`href="${name}.html"`);
  });
});

describe("a check", () => {
  it("is met up to its limit, and not where what was waited for did not come", () => {
    expect(
      [check("a", 900, "s", 900), check("a", 900.1, "s", 900), check("a", null, "s", 900)].map(({ met }) => met),
    ).toEqual([true, false, false]);
    expect(allMet([check("a", 0, "", 0), check("a", null, "s", 1)])).toBe(false);
    expect([1.234, null].map((value) => shown({ value, unit: "s" }))).toEqual(["1.23 s", "did not come"]);
  });
});
