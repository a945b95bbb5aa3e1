import fc from "fast-check";
import { expect, it } from "vitest";
import { ConfigurationError, parseSpec } from "../../../components/spec/config";
import { formatPath } from "../../../components/spec/problems";
import type { Spec } from "../../../components/spec/spec";
import { every } from "../../support/every";
import { goodConfiguration, mistakes, put, type Raw } from "./configurations";

const now = new Date("2026-01-01T00:00:00Z");
const parse = (raw: Raw): Spec => parseSpec(raw, { project: "license-db", stack: "generated", now });

/** The error, or undefined where it parsed; anything else that is thrown is a crash and fails the test. */
function errorOf(raw: Raw): ConfigurationError | undefined {
  try {
    parse(raw);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
}

it("accepts 2,000 good configurations", () => {
  fc.assert(
    fc.property(goodConfiguration, (raw) => {
      const spec = parse(raw);
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec); // plain data, nothing lost
    }),
    { numRuns: 2000 },
  );
});

const MANY = every ? 10_000 : 2_000;
it(`answers ${MANY} bad configurations with a message that names every broken field`, () => {
  fc.assert(
    fc.property(goodConfiguration, mistakes, (good, broken) => {
      const raw = { ...good };
      for (const { path, value } of broken) put(raw, path, value);
      const error = errorOf(raw);
      for (const { path } of broken) {
        const named = formatPath(path);
        expect(
          error?.problems.some((problem) => problem.path.startsWith(named)),
          named,
        ).toBe(true);
        expect(error?.message).toContain(named);
      }
    }),
    { numRuns: MANY },
  );
});

it("never crashes on what is no configuration at all", () => {
  const anything = fc.oneof(
    fc.object({
      withBigInt: false,
      withNullPrototype: true,
      maxDepth: 4,
      key: fc.oneof(fc.string(), fc.constantFrom("size", "vendor", "parameters", "__proto__", "tags", "alerts")),
    }),
    fc.jsonValue().map((value) => value as Raw),
    fc.dictionary(
      fc.constantFrom("vendor", "size", "parameters", "backups", "timeZone", "tags", "access", "local", "aws"),
      fc.anything(),
    ),
  );
  let refused = 0;
  fc.assert(
    fc.property(anything, (raw) => {
      if (errorOf(raw as Raw)) refused++;
    }),
    { numRuns: 3000 },
  );
  expect(refused).toBeGreaterThan(2000);
});

it("survives nesting and size that only a machine writes", () => {
  const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`);
  const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key${index}`, index]));
  const error = errorOf({
    vendor: deep,
    size: wide,
    parameters: wide,
    tags: deep,
    access: { allowedCidrs: Array(10_000).fill("x") },
  });
  expect(error?.problems.length).toBeGreaterThan(40_000);
  expect(error?.message.length).toBeLessThan(50_000);
});
