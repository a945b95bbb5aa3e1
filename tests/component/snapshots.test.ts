import { describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { builtVendors } from "../../components/vendors";
import { type Registered, runProgram, Secret } from "../support/program";
import { expectations } from "../support/vendors";

vi.mock("node:os", async (original) => (await import("../support/machine")).sameOs(await original()));
vi.mock("node:fs", async (original) => (await import("../support/machine")).sameFs(await original()));
process.env.LICENSE_DB_STATE = "/var/lib/license-db";

/**
 * Every resource's name and inputs, as users have them in their states. A name that changes here makes Pulumi delete
 * somebody's database and make a new one; an input that changes may restart or replace it. Look at the difference, give
 * the resource an alias or the change a line in CHANGELOG.md, and only then: `npx vitest run --project component -u`.
 */
describe.each(builtVendors.map((name) => ({ name, vendor: expectations[name] })))("$name", ({ name, vendor }) => {
  if (!vendor) return; // tests/component/scenarios.test.ts has failed.
  it.each(vendor.stacks)("%s: every resource's URN and inputs", async (stack) => {
    const { configuration, settings = {}, outputs } = vendor;
    const { resources } = await runProgram({
      stack,
      configuration: { vendor: name, ...configuration },
      settings,
      outputs,
    });
    expect(resources.length).toBeGreaterThan(1);
    await expect(asText(resources)).toMatchFileSnapshot(`snapshots/${name}.${stack}.yaml`);
  });
});

function asText(resources: readonly Registered[]): string {
  const byUrn = [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  const plain = Object.fromEntries(
    byUrn.map(({ urn, protect, retainOnDelete, inputs }) => {
      const outlives = retainOnDelete ? { retainOnDelete } : {};
      return [urn, { protect, ...outlives, inputs: hidden(inputs) }] as const;
    }),
  );
  return stringify(plain, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}

/** Code, and hashes of it, change with every line, which is no news for the stack. */
const HASH = /^[0-9a-f]{64}$/;
const ZIP = /^UEsDB[A-Za-z0-9+/]{200,}=*$/;

function hidden(value: unknown): unknown {
  if (typeof value === "string" && HASH.test(value)) return "[hash]";
  if (typeof value === "string" && ZIP.test(value)) return "[zip]";
  if (value instanceof Secret) return "[secret]";
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hidden(inner)]));
}
