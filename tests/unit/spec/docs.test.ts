import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { alicloud } from "../../../ops/docs/alicloud";
import { aws } from "../../../ops/docs/aws";
import { capabilitiesDoc, productionCapabilities, renderCapabilities } from "../../../ops/docs/capabilities";
import { builtSections, configurationDoc, renderConfiguration } from "../../../ops/docs/configuration";
import { monitoringDoc, withAlerts } from "../../../ops/docs/monitoring";
import { registeredTypes, renderResources, withResources } from "../../../ops/docs/resources";

it("docs/configuration.md says what the program does (npm run docs)", async () => {
  expect(readFileSync(configurationDoc, "utf8")).toBe(renderConfiguration(await builtSections()));
});

it("docs/monitoring.md lists the alerts there are (npm run docs)", () => {
  const text = readFileSync(monitoringDoc, "utf8");
  expect(withAlerts(text)).toBe(text);
  expect(() => withAlerts("no marks")).toThrow("lacks its marks");
});

describe("docs/capabilities.md", () => {
  it("says what the vendors say (npm run docs)", async () => {
    expect(readFileSync(capabilitiesDoc, "utf8")).toBe(renderCapabilities(await productionCapabilities()));
  });

  it("leaves no requirement of any vendor out", async () => {
    const all = await productionCapabilities();
    const [vendor = "", answers = {}] = Object.entries(all)[0] ?? [];
    const { R14: _, ...others } = answers;
    expect(() => renderCapabilities({ ...all, [vendor]: others })).toThrow(`vendor ${vendor} says nothing of R14`);
  });
});

describe.each([aws, alicloud])("the docs of $vendor", (documented) => {
  it("lists the resources there are (npm run docs)", async () => {
    const text = readFileSync(documented.doc, "utf8");
    expect(withResources(documented, text, await registeredTypes(documented))).toBe(text);
  });

  it("cannot leave out a resource that nobody has explained, nor keep one that is gone", async () => {
    const registered = await registeredTypes(documented);
    const odd = { ...registered, dev: new Map([...(registered.dev ?? []), ["sqs.Queue", 1]]) };
    expect(() => renderResources(documented, odd)).toThrow("lacks sqs.Queue");
    const none = Object.fromEntries(Object.keys(registered).map((stack) => [stack, new Map<string, number>()]));
    expect(() => renderResources(documented, none)).toThrow(/has too much: .*rds\.Instance/);
  });
});
