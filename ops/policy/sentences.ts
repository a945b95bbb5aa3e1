import { table } from "../setup/table";
import { type Finding, type Outcome, passes, type Verdict, violations } from "./outcome";

/** From what must be mended to what is no question. */
const ORDER: readonly Verdict[] = ["VIOLATION", "let pass", "exempt", "undecided", "good", "not asked"];
const SHOWN = 2;

/** One line per rule and verdict. */
export interface Row {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly resources: string;
  readonly controls: string;
}

export function rows({ findings }: Pick<Outcome, "findings">): Row[] {
  const byLine = new Map<string, Finding[]>();
  for (const one of findings) {
    const key = `${ORDER.indexOf(one.verdict)} ${one.rule.id}`;
    byLine.set(key, [...(byLine.get(key) ?? []), one]);
  }
  return [...byLine]
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([, those]) => {
      const { rule, verdict } = those[0] as Finding;
      const names = [...new Set(those.map(({ on }) => on).filter((name) => name !== ""))];
      const more = names.length - SHOWN;
      return {
        rule: rule.id,
        verdict,
        resources: `${names.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
        controls: rule.controls.join(", "),
      };
    });
}

/** For a terminal. */
export function asText(outcome: Outcome): string {
  const all = rows(outcome);
  const asked = new Set(all.flatMap(({ rule, verdict }) => (verdict === "not asked" ? [] : [rule])));
  const lines = all
    .filter(({ rule, verdict }) => verdict !== "not asked" || !asked.has(rule))
    .map((row) => [row.rule, row.verdict, row.resources, row.controls]);
  const reasons = ORDER.filter((verdict) => verdict !== "good" && verdict !== "not asked").flatMap((verdict) =>
    outcome.findings.filter((one) => one.verdict === verdict),
  );
  const notes = [
    ...reasons.map(({ rule, verdict, says }) => `${verdict}: [${rule.id}] ${says}`),
    ...outcome.failures.map((failure) => `NOT JUDGED: ${failure}`),
    summary(outcome),
  ];
  return `== ${outcome.target.title} ==\n${table([["rule", "verdict", "resource", "controls"], ...lines])}\n${notes.join("\n")}\n`;
}

/** What a comment on GitHub holds, with room for what is put around it. */
const COMMENT = 60_000;

/** For a pull request: what keeps it from being merged in full, the rest in folds, as far as there is room. */
export function asMarkdown(outcomes: readonly Outcome[], room = COMMENT): string {
  const good = outcomes.every(passes);
  const parts = [
    `### Policies: ${good ? "all stacks pass" : "**not all stacks pass**"}`,
    ...outcomes.map((outcome) => `- ${summary(outcome)}`),
    ...outcomes.filter((outcome) => !passes(outcome)).flatMap(problems),
  ];
  for (const fold of outcomes.map(everyRule)) {
    if ([...parts, fold].join("\n\n").length < room) parts.push(fold);
  }
  const whole = `${parts.join("\n\n")}\n`;
  return whole.length <= room ? whole : `${whole.slice(0, room)}\n\n(cut off: the rest is in policy.junit.xml)\n`;
}

function everyRule(outcome: Outcome): string {
  const lines = rows(outcome)
    .filter(({ verdict }) => verdict !== "not asked")
    .map((row) => `| ${[row.rule, row.verdict, row.resources, row.controls].map(cell).join(" | ")} |\n`);
  return (
    `<details><summary>${outcome.target.title}: every rule</summary>\n\n` +
    `| rule | verdict | resource | controls |\n|---|---|---|---|\n${lines.join("")}\n</details>`
  );
}

function problems(outcome: Outcome): string[] {
  return [
    `#### ${outcome.target.title}`,
    ...violations(outcome).map(({ rule, says }) => `- **${rule.id}** (${rule.severity}): ${says}`),
    ...outcome.failures.map((failure) => `- not judged: ${failure}`),
  ];
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");

export function summary(outcome: Outcome): string {
  const count = (verdict: Verdict) => rows(outcome).filter((row) => row.verdict === verdict).length;
  const parts = [
    `${count("good")} rules hold`,
    `${count("VIOLATION")} are violated`,
    `${count("undecided")} are left to up`,
    ...(count("let pass") > 0 ? [`${count("let pass")} let pass`] : []),
    ...(count("exempt") > 0 ? [`${count("exempt")} exempt`] : []),
    ...(outcome.failures.length > 0 ? ["not judged in whole"] : []),
  ];
  return `${passes(outcome) ? "pass" : "FAIL"}: ${outcome.target.title}: ${parts.join(", ")} (${outcome.seconds.toFixed(0)} s)`;
}
