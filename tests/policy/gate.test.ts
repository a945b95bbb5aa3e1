import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silent } from "../../components/local/tools/reporter";
import { judge, passes } from "../../ops/gate/judge";
import { type Preview, readPreview } from "../../ops/gate/preview";
import { report } from "../../ops/gate/report";
import { Offline } from "../../ops/policy/offline";
import { targets } from "../../ops/policy/targets";
import { every } from "../support/every";
import { runProgram } from "../support/program";
import { type State, stateAfter } from "../support/stateAfter";
import { expectations } from "../support/vendors";

/** Previews by the real engine and the real providers, over a state as `up` would have left it. */
const cases = [
  {
    vendor: "local",
    stack: "local",
    database: "license-db-local-cluster",
    more: {},
    // The provider itself says what else to do.
    replacing: undefined,
  },
  {
    vendor: "aws",
    stack: "prod",
    database: "license-db-prod-cluster",
    // Without these the provider takes what is there for something else.
    more: {
      "aws:ec2/vpc:Vpc": { __meta: '{"schema_version":"1"}', instanceTenancy: "default" },
      "aws:rds/cluster:Cluster": { availabilityZones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"] },
    },
    replacing: { change: { "license-db:access": { database: "other" } }, forcedBy: "databaseName" },
  },
  {
    vendor: "alicloud",
    stack: "prod",
    database: "license-db-prod-primary",
    more: {},
    replacing: undefined,
  },
] as const;

/** One machine, and one cloud. */
const those = cases.filter(({ vendor }) => every || vendor !== "alicloud");

describe.each(those)("$vendor", ({ vendor, stack, database, more, replacing }) => {
  const target = targets.find((one) => one.vendor === vendor && one.stack === stack);
  let offline: Offline;
  let state: State;
  let urn: string;
  /** Of a stack that is not there yet. */
  let first: string;

  beforeAll(async () => {
    if (target === undefined) return;
    offline = await Offline.open(target, silent);
    const { stdout, stderr } = await offline.preview();
    first = stdout;
    const vendorOf = expectations[vendor];
    const own = (key: string) => key.startsWith("license-db:");
    const entries = Object.entries(offline.config);
    const mocked = await runProgram({
      stack,
      configuration: Object.fromEntries(
        entries.filter(([key]) => own(key)).map(([key, value]) => [key.slice("license-db:".length), value]),
      ),
      settings: Object.fromEntries(entries.filter(([key]) => !own(key)).map(([key, value]) => [key, String(value)])),
      outputs: vendorOf?.outputs ?? {},
    });
    const provider = Object.fromEntries(
      entries
        .filter(([key]) => key.startsWith(`${vendor}:`))
        .map(([key, value]) => [key.slice(vendor.length + 1), value]),
    );
    const outputs = (type: string, inputs: Record<string, unknown>, name: string) => ({
      ...vendorOf?.outputs[type]?.(inputs, name),
      ...(more as Record<string, object>)[type],
    });
    state = stateAfter(stdout, mocked.resources, outputs, { [vendor]: provider });
    urn = state.resources.find((one) => one.urn.endsWith(`::${database}`))?.urn ?? "";
    expect(urn, stderr).not.toBe("");
  });
  afterAll(() => offline?.close());

  /** What the engine would do to a state. */
  async function previewed(over: State, args: readonly string[] = []): Promise<Preview> {
    await offline.importState(over);
    const { stdout, stderr } = await offline.preview(args);
    expect(stdout, stderr).not.toBe("");
    return readPreview(stdout);
  }
  /** Protection would have the engine refuse first. */
  const unprotected = (): State => ({ resources: state.resources.map((one) => ({ ...one, protect: false })) });

  it("is open for a stack as it stands, and for one that is not there yet", async () => {
    expect(report(judge(await previewed(state), []))).toContain("The gate is open");
    expect(report(judge(readPreview(first), []))).toContain("The gate is open");
  });

  it("is shut for the database replaced, and for what goes with it, but for their own names", async () => {
    const preview = await previewed(unprotected(), ["--replace", urn]);
    const { refused, failures } = judge(preview, []);
    expect(refused.map((one) => `${one.how} ${one.urn}`)).toContain(`replace ${urn}`);
    expect(failures).toEqual([]);
    const names = refused.map((one) => one.urn);
    expect(passes(judge(preview, names))).toBe(true);
    const others = names.filter((one) => one !== urn);
    expect(judge(preview, others).refused.map((one) => one.urn)).toEqual([urn]);
  });

  if (replacing !== undefined) {
    it("names the property that replaces it", async () => {
      offline.configure({ ...offline.config, ...replacing.change });
      try {
        const shut = judge(await previewed(unprotected()), []);
        expect(shut.refused.find((one) => one.urn === urn)?.forcedBy).toContain(replacing.forcedBy);
      } finally {
        offline.configure(offline.config);
      }
    });
  }

  // What a preview shows of these is alike for all; one machine's provider starts fastest.
  if (!every && vendor !== "local") return;
  it("is shut for what the program no longer declares", async () => {
    const gone = { ...state.resources.find((one) => one.urn === urn), protect: false };
    const old = { ...gone, urn: `${urn}-old`, type: String(gone.type) };
    const preview = await previewed({ resources: [...unprotected().resources, old] });
    expect(judge(preview, []).refused).toMatchObject([{ urn: `${urn}-old`, how: "delete" }]);
    expect(passes(judge(preview, [`${urn}-old`]))).toBe(true);
  });

  it("is shut for what an interrupted run left to be deleted", async () => {
    const left = { ...state.resources.find((one) => one.urn === urn), protect: false, delete: true };
    const preview = await previewed({
      resources: [...unprotected().resources, { ...left, urn, type: String(left.type) }],
    });
    expect(judge(preview, []).refused).toMatchObject([{ urn, ops: ["delete-replaced"] }]);
  });

  it("is shut where the engine refuses by itself", async () => {
    const all = { resources: state.resources.map((one) => (one.urn === urn ? { ...one, protect: true } : one)) };
    const shut = judge(await previewed(all, ["--replace", urn]), []);
    expect(passes(shut)).toBe(false);
    expect(report(shut)).toMatch(/protect/);
  });
});
