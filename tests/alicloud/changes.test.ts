import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Step } from "../../ops/gate/preview";
import type { Offline } from "../../ops/policy/offline";
import { expectations, section } from "../support/alicloud";
import { runProgram } from "../support/program";
import { type State, stateAfter } from "../support/stateAfter";
import { type Configuration, configured, open, preview } from "./support/preview";

/** "update primary": what would be done, but for what stays as it is. */
const done = (steps: readonly Step[]) =>
  steps
    .filter(({ op }) => op !== "same")
    .map(({ op, name }) => `${op} ${name.replace("license-db-prod-", "")}`)
    .sort();

/** In a file of YAML a day without quotes is a time. */
const asJson = (values: Configuration): Configuration =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));

/** Of a replica. */
const alarms = ["connections", "cpu", "disk", "disk-io", "memory", "replication-lag", "wal-disk"];

describe("a change of production, over the state that up would have left", () => {
  let offline: Offline;

  beforeAll(async () => {
    offline = await open("prod");
    offline.configure(configured(offline, {}));
    const { stdout, stderr } = await offline.preview();
    if (stdout === "") throw new Error(stderr);
    const own = Object.entries(configured(offline, {}));
    const { resources } = await runProgram({
      stack: "prod",
      configuration: Object.fromEntries(
        own.flatMap(([key, value]) =>
          key.startsWith("license-db:") ? [[key.slice("license-db:".length), value]] : [],
        ),
      ),
      settings: Object.fromEntries(
        own.flatMap(([key, value]) => (key.startsWith("license-db:") ? [] : [[key, String(value)]])),
      ),
      outputs: expectations.outputs,
    });
    const provider = Object.fromEntries(
      own.flatMap(([key, value]) => (key.startsWith("alicloud:") ? [[key.slice("alicloud:".length), value]] : [])),
    );
    const state: State = stateAfter(
      stdout,
      resources,
      (type, inputs, name) => ({ ...expectations.outputs[type]?.(inputs, name) }),
      { alicloud: provider },
    );
    await offline.importState(state);
  });
  afterAll(() => offline?.close());

  // Few previews with much in each: every one takes seconds.
  it.each<[string, Configuration, readonly string[]]>([
    ["another major version, announced, changes nothing", { engine: { upgradeTo: "17" } }, []],
    [
      "size, parameters, networks and windows change where they are",
      {
        size: { memory: "32GB", storage: "300GB" },
        parameters: { work_mem: "32MB", max_worker_processes: "16" },
        access: { allowedCidrs: ["10.0.0.0/8"] },
        maintenance: { window: "Sun 03:00-04:00" },
        backups: { retention: "30d", archiveRetention: "2y" },
      },
      [
        ...["update primary", "update reader-1", "update reader-2", "update backups", "update archive"],
        // Their limits are shares of the storage.
        ...["update wal-disk-primary", "update wal-disk-reader-1", "update wal-disk-reader-2"],
      ],
    ],
    [
      "a third replica is made, and other passwords are changed at those who have them",
      { replicas: 3, ...asJson(section({ encryption: { passwordsSince: "2026-01-15" } })) },
      [
        ...["reader-3", ...alarms.map((alarm) => `${alarm}-reader-3`)].map((name) => `create ${name}`),
        "update dashboard",
        // The generated passwords, and then the accounts, and the functions that log in.
        ...["administrator", "application"].flatMap((name) =>
          ["create-replacement", "replace", "delete-replaced", "update"].map((op) => `${op} ${name}`),
        ),
        ...["update archive", "update set-up"],
      ],
    ],
  ])("%s", async (_, configuration, expected) => {
    offline.configure(configured(offline, configuration));
    const { steps, failures } = await preview(offline);
    expect(failures).toEqual([]);
    expect(done(steps)).toEqual([...expected].sort());
  });

  it("another major version leaves the primary alone, and stops at the replicas, which cannot come along", async () => {
    offline.configure(configured(offline, { engine: { version: "17", upgradeTo: "17" } }));
    const { steps, failures } = await preview(offline);
    expect(done(steps)).not.toContain("update primary");
    expect(failures.join("\n")).toMatch(/unable to replace resource .*reader-1/);
  });
});
