import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { flatProgram } from "../bench/flatProgram";
import { runProgram } from "../support/program";
import { expectations } from "../support/vendors";

const require = createRequire(__filename);

// What the bench holds production against runs in the engine, for minutes: what it cannot be without is seen at once.
it.each(["aws", "alicloud"] as const)("production on %s, written out, has all it imports", async (vendor) => {
  const { configuration, settings = {}, outputs = {} } = expectations[vendor] ?? {};
  const { resources } = await runProgram({
    stack: "prod",
    configuration: { vendor, ...configuration },
    settings,
    outputs,
  });
  const program = flatProgram(resources)["index.ts"] ?? "";
  const imported = [...program.matchAll(/^import .* from "(@[^"]+)";$/gm)].map(([, name]) => name ?? "");
  expect(imported.length).toBeGreaterThan(5);
  for (const name of imported) expect(() => require.resolve(name), name).not.toThrow();
  const made = program.match(/^const resource\d+ = new /gm) ?? [];
  expect(made).toHaveLength(resources.filter(({ custom }) => custom).length);
});
