/** The part of docs/policy.md that comes from code: the rules, and which public control is decided by whom. */
import { join } from "node:path";
import { controls } from "../../policy/controls";
import { exemptions } from "../../policy/exemptions";
import { profiles, softerBecause } from "../../policy/profile";
import { rules } from "../../policy/rules";
import type { Rule, Settings } from "../../policy/rules/rule";
import { code, markdown } from "./markdown";

export const policyDoc = join(__dirname, "../../docs/policy.md");

const START = "<!-- rules: written by `npm run docs` from policy/rules and policy/controls.ts -->";
const END = "<!-- end of rules -->";

const BY = { construction: "by construction", "another way": "another way", nobody: "not decidable" } as const;

/** `text` with the rules and the coverage between its two marks; at its end where it has none. */
export function withRules(text: string): string {
  const [before = "", rest] = text.split(START);
  const after = rest?.split(END)[1] ?? "\n";
  return `${before.trimEnd()}\n\n${START}\n\n${renderRules(rules)}\n${renderExemptions()}\n${renderCoverage()}\n${END}${after}`;
}

function renderRules(all: readonly Rule[]): string {
  const rows = [...all]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((rule) => [
      code(rule.id),
      `${rule.title} ${rule.protects}`,
      rule.mend,
      rule.severity,
      rule.requirements.join(", "),
      settingsOf(rule.settings),
      softer(rule),
    ]);
  const head = [
    "rule",
    "what must hold, and why",
    "mend",
    "severity",
    "requirements",
    "settings",
    "softer in, because",
  ];
  return `## Rules\n\n${all.length} rules, each in a file of policy/rules.\n\n${markdown([head, ...rows])}`;
}

const softer = (rule: Rule): string =>
  profiles
    .flatMap((profile) => {
      const because = softerBecause(rule, profile);
      return because === undefined ? [] : [`${code(profile)}: ${because}`];
    })
    .join("<br>");

const settingsOf = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, { default: value, description }]) => `${code(name)} = ${code(JSON.stringify(value))}: ${description}`)
    .join("<br>");

const renderExemptions = (): string =>
  `## Exemptions\n\n${markdown([["vendor", "rule", "why"], ...exemptions.map(({ vendor, rule, why }) => [vendor, code(rule), why])])}`;

/** Each public control once: the rules that decide it, or why none does. */
function renderCoverage(): string {
  const rows = controls.map(({ id, vendor, asks, undecided }) => {
    const deciding = rules.filter((rule) => rule.controls.includes(id)).map((rule) => code(rule.id));
    return [id, vendor, asks, undecided ? `${BY[undecided.by]}: ${undecided.why}` : deciding.join(", ")];
  });
  const decided = controls.filter(({ undecided }) => undecided === undefined).length;
  return `## Coverage\n\nOf ${controls.length} public controls ${decided} are decided by rules.\n\n${markdown([["control", "vendor", "asks for", "decided by"], ...rows])}`;
}
