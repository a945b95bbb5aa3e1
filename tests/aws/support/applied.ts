import { expect, it } from "vitest";
import { every } from "../../support/every";
import { type Change, grouped } from "./changes";
import type { Cloud } from "./cloud";
import { merged } from "./merge";
import type { AwsStack, Preview } from "./stack";

/** Of what data is kept in, or is read with. */
const STATEFUL =
  /^(rds\/(cluster|instance|proxy|subnetGroup):|kms\/key:|secretsmanager\/secret:|ec2\/(vpc|subnet):|backup\/vault:)/;
const DESTRUCTIVE = /replace|delete/;

/** What every stack owes that is up; the tests of a file go one after the other. */
export function settled(stack: () => AwsStack, cloud: () => Cloud): void {
  it("changes nothing at a second up", async () => {
    const before = cloud().requests().length;
    const { code, output } = await stack().up("--expect-no-changes");
    expect(code, output).toBe(0);
    const changed = cloud()
      .requests()
      .slice(before)
      .filter(({ operation }) =>
        /^(Create|Delete|Put|Modify|Update|Set|Register|Reset|Attach|PUT|POST)/.test(operation),
      );
    expect(changed.filter(({ operation }) => !operation.startsWith("PutMetricData"))).toEqual([]);
  });
}

/** Nor has the cloud's answer anything that the state has not. */
export function undrifted(stack: () => AwsStack): void {
  it("finds nothing at a refresh", async () => {
    const { code, output } = await stack().refresh("--expect-no-changes");
    expect(code, output).toBe(0);
  });
}

/** Each change is previewed against what is applied; in `npm test` one of each kind. */
export function changesOnlyWhatItSays(
  stack: () => AwsStack,
  base: () => Readonly<Record<string, unknown>>,
  changes: readonly Change[],
): void {
  const named = changes.filter(({ kind }) => every || kind).map((one) => [JSON.stringify(one.change), one] as const);
  // Side by side: a preview takes no lock, and waits for the provider half of the time.
  it.concurrent.each(named)("changes what it should, and nothing else: %s", async (_, { change, does }) => {
    const { steps, errors, code } = await stack().preview(merged(base(), change));
    if (does instanceof RegExp) {
      expect(code).not.toBe(0);
      expect(errors.join("\n")).toMatch(does);
      return;
    }
    expect(errors).toEqual([]);
    expect(grouped(steps)).toEqual([...does].sort());
    expect(lost(steps)).toEqual([]);
  });
}

/** Resources with data in them that would not be there any more. */
export const lost = (steps: Preview["steps"]) =>
  steps.filter(({ op, resource }) => STATEFUL.test(resource) && DESTRUCTIVE.test(op));
