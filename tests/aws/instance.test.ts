import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { every, itEvery } from "../support/every";
import { changesOnlyWhatItSays, lost, settled, undrifted } from "./support/applied";
import { instanceChanges } from "./support/changes";
import { Cloud } from "./support/cloud";
import { AwsStack } from "./support/stack";

describe("development, up for real", () => {
  let cloud: Cloud;
  let stack: AwsStack;
  beforeAll(async () => {
    cloud = await Cloud.start();
    stack = await AwsStack.make("dev", cloud.url);
    const { code, output } = await stack.up();
    if (code !== 0) throw new Error(output);
  });
  afterAll(async () => {
    stack?.dispose();
    await cloud?.stop();
  });

  settled(
    () => stack,
    () => cloud,
  );
  // In `npm test` for production alone: cluster.test.ts.
  if (every) undrifted(() => stack);

  if (every) {
    describe("a change of the configuration", () => {
      changesOnlyWhatItSays(
        () => stack,
        () => ({}),
        instanceChanges,
      );
    });
  }

  itEvery("takes changes of the instance, and replaces nothing", async () => {
    const changed = { backups: { retention: "14d" }, parameters: { work_mem: "8MB" }, size: { storage: "40GB" } };
    const { steps, errors } = await stack.preview(changed);
    expect(errors).toEqual([]);
    expect(lost(steps)).toEqual([]);
    stack.configure(changed);
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect((await stack.preview()).steps).toEqual([]);
  });

  it("is destroyed at once, without a last snapshot", async () => {
    const { code, output } = await stack.destroy();
    expect(code, output).toBe(0);
    expect(await cloud.query("rds", "DescribeDBSnapshots", { SnapshotType: "manual" })).not.toMatch(/license-db-dev/);
    expect(await cloud.query("rds", "DescribeDBInstances", {})).not.toMatch(/license-db-dev/);
  });
});
