import { expect, test } from "vitest";
import { ConfigurationError } from "../../../components/spec/problems";

test("a configuration error carries its message and no stack, which the engine's SDK would render for many seconds", () => {
  const error = new ConfigurationError([{ path: "license-db:x", allowed: "y", mend: "Write y." }], "local");
  expect(error.message).toContain("license-db:x");
  expect(error.stack).toBe(`ConfigurationError: ${error.message}`);
});
