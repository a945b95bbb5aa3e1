import { describe, expect, it } from "vitest";
import { type Alert, alerts, findAlert } from "../../../components/catalogue/alerts";

describe("the alerts", () => {
  it("have R16's four, at R16's figures", () => {
    const figures = (["cpu", "memory", "disk", "replicationLag"] as const).map((id) => [
      id,
      findAlert(id)?.unit,
      findAlert(id)?.threshold,
    ]);
    expect(figures).toEqual([
      ["cpu", "%", { above: 80, for: 300 }],
      ["memory", "%", { above: 85, for: 180 }],
      ["disk", "%", { above: 85, for: 0 }],
      ["replicationLag", "s", { above: 30, for: 0 }],
    ]);
    expect(alerts.filter(({ requirement }) => requirement === "R16")).toHaveLength(4);
  });

  it.each(alerts.map((alert): [string, Alert] => [alert.id, alert]))("%s can be acted on", (id, alert) => {
    expect(id).toMatch(/^[a-z][A-Za-z]+$/);
    expect(alert.runbook).toMatch(/^[A-Z].{20,}\.$/);
    if (alert.unit === "%") expect(alert.threshold.above).toBeLessThan(100);
  });

  it("have one id each, and none that every object inherits", () => {
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(alerts.length);
    expect(findAlert("constructor")).toBeUndefined();
  });
});
