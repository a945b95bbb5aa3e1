import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { awsDoc, type RegisteredTypes, registeredTypes, renderResources, withResources } from "../../../ops/docs/aws";
import { builtSections, configurationDoc, renderConfiguration } from "../../../ops/docs/configuration";

it("docs/configuration.md says what the program does (npm run docs)", async () => {
  expect(readFileSync(configurationDoc, "utf8")).toBe(renderConfiguration(await builtSections()));
});

describe("docs/aws.md", () => {
  let registered: RegisteredTypes;
  beforeAll(async () => {
    registered = await registeredTypes();
  });

  it("lists the resources there are (npm run docs)", () => {
    const text = readFileSync(awsDoc, "utf8");
    expect(withResources(text, registered)).toBe(text);
  });

  it("cannot leave out a resource that nobody has explained, nor keep one that is gone", () => {
    const odd = { ...registered, dev: new Map([...registered.dev, ["sqs.Queue", 1]]) };
    expect(() => renderResources(odd)).toThrow("lacks sqs.Queue");
    const none = Object.fromEntries(Object.keys(registered).map((stack) => [stack, new Map<string, number>()]));
    expect(() => renderResources(none as unknown as typeof registered)).toThrow(/has too much: .*rds\.Cluster/);
  });
});
