import * as pulumi from "@pulumi/pulumi";
import { afterEach, expect, it } from "vitest";
import { readRawConfig, secretConfigKeys } from "../../../components/spec/rawConfig";

afterEach(() => pulumi.runtime.setAllConfig({}));

it("reads its own namespace: text as text, structures from JSON", () => {
  pulumi.runtime.setAllConfig({
    "license-db:vendor": "aws",
    "license-db:replicas": "2",
    "license-db:size": '{"memory":"16GB","vcpu":4}',
    "license-db:broken": "{memory: 16GB",
    "license-db:parameters": "",
    "license-db:__proto__": '{"polluted":true}',
    "aws:region": "eu-central-1",
  });
  const raw = readRawConfig();
  expect(Object.entries(raw).sort()).toEqual([
    ["__proto__", { polluted: true }],
    ["broken", "{memory: 16GB"],
    ["parameters", ""],
    ["replicas", "2"],
    ["size", { memory: "16GB", vcpu: 4 }],
    ["vendor", "aws"],
  ]);
  expect("polluted" in raw).toBe(false);
});

it("knows which keys are encrypted", () => {
  pulumi.runtime.setAllConfig({ "license-db:alerts": '{"contacts":["x"]}', "license-db:vendor": "aws" }, [
    "license-db:alerts",
  ]);
  expect(secretConfigKeys()).toEqual(new Set(["alerts"]));
});
