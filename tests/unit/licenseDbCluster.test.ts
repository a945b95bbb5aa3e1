import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { LicenseDbCluster } from "../../components/licenseDbCluster";
import { parseSpec } from "../../components/spec/config";
import type { ClusterOutputs, Vendor } from "../../components/vendor";

/** The SDK has it, but leaves it out of its types. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

const spec = parseSpec({ vendor: "aws" }, { project: "license-db", stack: "prod" });
const made = (create: () => ClusterOutputs) =>
  new LicenseDbCluster("license-db-prod", { spec, vendor: { create } as Partial<Vendor> as Vendor, options: {} });

describe("while a cluster's resources are registered", () => {
  const usual = Error.stackTraceLimit;
  beforeAll(() => pulumi.runtime.setMocks({ call: () => ({}), newResource: ({ name }) => ({ id: name, state: {} }) }));
  afterEach(() => waitForRPCs());

  it.each([
    ["and afterwards", () => ({}) as ClusterOutputs],
    [
      "and when that fails",
      () => {
        throw new RangeError("no such zone");
      },
    ],
  ])("stack traces are short, %s as long as before", (_, end) => {
    let during = usual;
    const create = () => {
      during = Error.stackTraceLimit;
      return end();
    };
    try {
      made(create);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
    expect(during).toBeLessThan(usual);
    expect(Error.stackTraceLimit).toBe(usual);
  });
});
