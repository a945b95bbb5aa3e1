import { beforeAll, describe, expect, it, vi } from "vitest";
import { builtVendors } from "../../components/vendors";
import { isOneOf, placeOf, type Registered, type Run, runProgram, Secret, typesOf } from "../support/program";
import { type Scenario, scenarios, seedParameters } from "../support/scenarios";
import { expectations } from "../support/vendors";

vi.mock("node:os", async (original) => (await import("../support/machine")).sameOs(await original()));
vi.mock("node:fs", async (original) => (await import("../support/machine")).sameFs(await original()));

const COMPONENT = "license-db:index:LicenseDbCluster";
const requirements = Array.from({ length: 21 }, (_, index) => `R${index + 1}`);

it("every vendor is held to the scenarios", () => {
  expect(Object.keys(expectations).sort()).toEqual([...builtVendors].sort());
});

describe.each(builtVendors.map((name) => ({ name, vendor: expectations[name] })))("$name", ({ name, vendor }) => {
  if (!vendor) return; // The test above has failed.
  const run = (scenario: Pick<Scenario, "stack" | "configuration">, preview = false): Promise<Run> =>
    runProgram({
      stack: scenario.stack,
      configuration: { vendor: name, ...vendor.configuration, ...scenario.configuration },
      ...(vendor.settings ? { settings: vendor.settings } : {}),
      outputs: vendor.outputs,
      preview,
    });
  const ran = new Map<string, Promise<Run>>();
  /** Each scenario runs once. */
  const runOnce = (scenario: Scenario): Promise<Run> => {
    const running = ran.get(scenario.name) ?? run(scenario);
    ran.set(scenario.name, running);
    return running;
  };
  const all = [...scenarios, ...vendor.scenarios];
  const possible = all.filter((scenario) => !(scenario.name in vendor.refuses));

  it("speaks of scenarios that there are", () => {
    const names = all.map((scenario) => scenario.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([...Object.keys(vendor.refuses), ...Object.keys(vendor.otherwise)]));
    for (const { why } of Object.values(vendor.otherwise)) expect(why).toMatch(/\w{3}.*\w{3}/);
  });

  it.each(all.filter((scenario) => scenario.name in vendor.refuses))("refuses: $name", async (scenario) => {
    await expect(run(scenario)).rejects.toThrow(vendor.refuses[scenario.name]);
  });

  it("registers each kind of resource in one scenario or another", async () => {
    const types = new Set<string>();
    for (const scenario of possible) for (const { type } of (await runOnce(scenario)).resources) types.add(type);
    expect([...types].sort()).toEqual([COMPONENT, ...typesOf(vendor.order)].sort());
  });

  describe.each(possible)("$name", (scenario) => {
    let ran: Run;
    let resources: readonly Registered[];
    beforeAll(async () => {
      ran = await runOnce(scenario);
      resources = ran.resources.filter(({ type }) => type !== COMPONENT);
    });

    it("registers what is asked for", () => {
      const { pointInTime = 0, ...exactly } = { ...scenario.holds, ...vendor.otherwise[scenario.name]?.holds };
      const facts = vendor.read(resources);
      expect(facts).toMatchObject(exactly);
      expect(facts.pointInTime).toBeGreaterThanOrEqual(pointInTime);
    });

    it("keeps everything under one component, under names of its own", () => {
      const roots = ran.resources.filter(({ type }) => type === COMPONENT);
      expect(roots).toHaveLength(1);
      const root = roots[0] as Registered;
      expect(root).toMatchObject({ name: `license-db-${scenario.stack}`, parent: "", custom: false });
      const known = new Set(ran.resources.map(({ urn }) => urn));
      expect(known.size).toBe(ran.resources.length);
      for (const { name, parent, custom } of resources) {
        expect(name).toMatch(new RegExp(`^${root.name}-[a-z0-9.-]+$`));
        expect(known).toContain(parent);
        expect(custom).toBe(true);
      }
      const always = typesOf(vendor.order).filter((type) => !vendor.sometimes.includes(type));
      expect(resources.map(({ type }) => type)).toEqual(expect.arrayContaining(always));
    });

    it("protects what a deletion would take, and nothing else, where the spec says so", () => {
      const named = (some: readonly Registered[]) => some.map(({ type, name }) => `${type} ${name}`).sort();
      const keeps = vendor.read(resources).protected;
      const component = `license-db-${scenario.stack}`;
      const wanted = keeps ? resources.filter((resource) => isOneOf(vendor.kept, resource, component)) : [];
      expect(named(resources.filter(({ protect }) => protect))).toEqual(named(wanted));
      if (keeps) expect(wanted).not.toEqual([]);
    });

    it("makes each resource after what it needs", () => {
      const component = `license-db-${scenario.stack}`;
      const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
      for (const resource of resources) {
        const waited = resource.dependsOn.flatMap((urn) => byUrn.get(urn) ?? []);
        const types = waited.map(({ type }) => type);
        expect(types, resource.type).toEqual(expect.arrayContaining([...(vendor.needs[resource.type] ?? [])]));
        const place = placeOf(vendor.order, resource, component);
        expect(place, resource.name).toBeGreaterThanOrEqual(0);
        const behind = waited.filter((other) => placeOf(vendor.order, other, component) > place);
        expect(behind, resource.name).toEqual([]);
      }
    });

    it("keeps secrets secret", () => {
      for (const { type, secretOutputs } of resources) expect(secretOutputs).toEqual(vendor.secretOutputs[type] ?? []);
      const plain = JSON.stringify(
        [
          resources.map(({ inputs }) => inputs),
          Object.entries(ran.outputs).filter(([key]) => !ran.secrets.includes(key)),
        ],
        (_, value: unknown) => (value instanceof Secret ? "[secret]" : value),
      );
      for (const secret of vendor.secrets) expect(plain).not.toContain(secret);
      // They are there, or the line above proves nothing.
      const all = JSON.stringify([resources, ran.outputs]);
      expect(vendor.secrets.some((secret) => all.includes(secret))).toBe(true);
    });

    it("gives back the outputs that others rely on", () => {
      const { outputs, secrets } = ran;
      const { password, passwordSecret, connectPolicy, endpoints, administrator, ...others } = outputs;
      expect(Object.keys(others).sort()).toEqual(
        [
          ...vendor.furtherOutputs,
          "caCertificate",
          "capabilities",
          "cluster",
          "database",
          "expectations",
          "parameters",
          "pool",
          "reader",
          "username",
          "vendor",
          "writer",
        ].sort(),
      );
      const endpoint = { host: expect.stringMatching(/./), port: expect.any(Number) };
      const { database, username } = vendor.read(resources);
      expect(outputs).toMatchObject({ vendor: name, writer: endpoint, reader: endpoint, database, username });
      for (const further of Object.values(endpoints ?? {})) expect(further).toMatchObject(endpoint);
      expect(outputs.cluster).toMatchObject({ kind: expect.any(String), id: expect.stringMatching(/./) });
      expect(outputs.pool).toEqual({ max: 20, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 2_000 });
      const apart = vendor.splits(vendor.read(resources));
      if (apart) expect(outputs.reader).not.toEqual(outputs.writer);
      else expect(outputs.reader).toEqual(outputs.writer);
      expect(outputs.caCertificate).toMatch(/^-----BEGIN CERTIFICATE-----/);
      // One of the two: the password itself, as a secret, or the name of what keeps it.
      expect([password, passwordSecret].filter((value) => typeof value === "string" && value !== "")).toHaveLength(1);
      const { password: administrators } = (administrator ?? {}) as { password?: string };
      expect([...secrets].sort()).toEqual([
        ...(administrators === undefined ? [] : ["administrator"]),
        ...(password === undefined ? [] : ["password"]),
      ]);
    });

    it("reports every parameter of R6 to R9, and what became of it", () => {
      const report = ran.outputs.parameters as Record<string, { requested: string; applied?: string; reason?: string }>;
      const asked = [...Object.keys(seedParameters), "hot_standby", "listen_addresses"];
      expect(Object.keys(report)).toEqual(expect.arrayContaining(asked));
      const applied = vendor.read(resources).parameters;
      for (const [parameter, said] of Object.entries(report)) {
        expect(["reload", "restart", "service"], parameter).toContain((said as { change?: string }).change);
        if (said.applied !== said.requested) expect(said.reason ?? "", parameter).toMatch(/\w{3}/);
        if (parameter in applied && said.applied !== undefined) expect(said.applied).toBe(applied[parameter]);
      }
    });

    it("answers for every requirement", () => {
      const capabilities = ran.outputs.capabilities as Record<string, { status: string; note: string }>;
      expect(Object.keys(capabilities)).toEqual(requirements);
      for (const [id, { status, note }] of Object.entries(capabilities)) {
        expect(["native", "otherwise", "not possible"], id).toContain(status);
        expect(note, id).toMatch(/^\S.{9,299}$/);
      }
    });
  });

  it("registers the same in a preview, where nothing is known that only creation tells", async () => {
    const [previewed, made] = [
      await run({ stack: "prod", configuration: {} }, true),
      await run({ stack: "prod", configuration: {} }),
    ];
    expect(previewed.resources.map(({ urn }) => urn).sort()).toEqual(made.resources.map(({ urn }) => urn).sort());
    expect(Object.keys(previewed.outputs).sort()).toEqual(Object.keys(made.outputs).sort());
  });

  it("registers the same twice", async () => {
    const scenario = { stack: "prod", configuration: {} };
    expect(await run(scenario)).toEqual(await run(scenario));
  });
});
