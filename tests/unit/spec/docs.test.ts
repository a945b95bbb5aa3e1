import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { builtSections, configurationDoc, renderConfiguration } from "../../../ops/docs/configuration";

it("docs/configuration.md says what the program does (npm run docs)", async () => {
  expect(readFileSync(configurationDoc, "utf8")).toBe(renderConfiguration(await builtSections()));
});
