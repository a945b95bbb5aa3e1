import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { chosenRegion, domainOf, findRegion, regions } from "../../../components/aws/regions";

afterEach(() => {
  vi.unstubAllEnvs();
  pulumi.runtime.setAllConfig({}, []);
});

describe("the table of regions", () => {
  it("has each region and each zone once", () => {
    const names = regions.map(({ name }) => name);
    const zones = regions.flatMap((region) => region.zones);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(zones).size).toBe(zones.length);
    expect(names.length).toBeGreaterThanOrEqual(38);
  });

  it.each(regions)("$name has zone ids of its own name, and its partition", ({ name, partition, zones }) => {
    // "ap-southeast-2" -> "apse2"; in GovCloud "us-gov-east-1" -> "usge1"
    const [area = "", ...rest] = name.split("-");
    const short = (word: string) => word.replace(/^(north|south)(east|west)$/, (_, a, b) => a[0] + b[0]);
    const prefix =
      area + rest.map((word) => (/^\d/.test(word) ? word : short(word).slice(0, word.length > 8 ? 2 : 1))).join("");
    expect(zones.every((zone) => zone.startsWith(`${prefix}-az`))).toBe(true);
    const [first] = name.split(/-(?=gov)|-/);
    expect(partition).toBe(name.includes("-gov-") ? "aws-us-gov" : first === "cn" ? "aws-cn" : "aws");
  });

  it("has three zones everywhere but in one region", () => {
    expect(regions.filter(({ zones }) => zones.length < 3).map(({ name }) => name)).toEqual(["us-west-1"]);
  });

  it("leaves out the zones that have no RDS Proxy", () => {
    const all = regions.flatMap(({ zones }) => zones);
    expect(all).not.toContain("use1-az3");
    expect(all).not.toContain("usw1-az2");
  });

  it("knows the domain of each partition", () => {
    expect(domainOf({ partition: "aws-cn" })).toBe("amazonaws.com.cn");
    expect(domainOf({ partition: "aws-us-gov" })).toBe("amazonaws.com");
  });
});

describe("the chosen region", () => {
  it.each([
    [
      "the configuration before the environment",
      { "aws:region": "eu-west-1" },
      { AWS_REGION: "us-east-2" },
      "eu-west-1",
    ],
    [
      "AWS_REGION before AWS_DEFAULT_REGION",
      {},
      { AWS_REGION: "us-east-2", AWS_DEFAULT_REGION: "sa-east-1" },
      "us-east-2",
    ],
    ["AWS_DEFAULT_REGION", {}, { AWS_REGION: "", AWS_DEFAULT_REGION: "sa-east-1" }, "sa-east-1"],
  ])("is %s", (_, configuration, environment, expected) => {
    pulumi.runtime.setAllConfig(configuration as Record<string, string>, []);
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(chosenRegion()).toBe(findRegion(expected));
  });

  it("is asked for when nobody said", () => {
    vi.stubEnv("AWS_REGION", "");
    vi.stubEnv("AWS_DEFAULT_REGION", "");
    expect(chosenRegion).toThrow(/no AWS region is chosen: .*pulumi config set aws:region/);
  });

  it("is refused when it is unknown, with those there are", () => {
    pulumi.runtime.setAllConfig({ "aws:region": "eu-central-9" }, []);
    expect(chosenRegion).toThrow(/"eu-central-9".*eu-central-1, /);
  });
});
