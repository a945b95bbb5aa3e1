import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { policyDoc, withRules } from "../../../ops/docs/policy";
import { controls } from "../../../policy/controls";
import { exemptions } from "../../../policy/exemptions";
import { rules } from "../../../policy/rules";

it("docs/policy.md lists the rules and the controls there are (npm run docs)", () => {
  const text = readFileSync(policyDoc, "utf8");
  expect(withRules(text)).toBe(text);
});

it("knows every control that a rule names", () => {
  const known = new Set(controls.map(({ id }) => id));
  expect(rules.flatMap((rule) => rule.controls.filter((id) => !known.has(id)))).toEqual([]);
});

it("has a rule for each control, or says why none decides it", () => {
  const named = new Set(rules.flatMap((rule) => rule.controls));
  expect(
    controls.filter(({ id, undecided }) => named.has(id) === (undecided !== undefined)).map(({ id }) => id),
  ).toEqual([]);
});

it("names each control and each rule once", () => {
  for (const ids of [controls.map(({ id }) => id), rules.map(({ id }) => id)]) {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  }
});

it("exempts from rules there are", () => {
  const ids = rules.map(({ id }) => id);
  expect(exemptions.filter(({ rule }) => !ids.includes(rule))).toEqual([]);
});
