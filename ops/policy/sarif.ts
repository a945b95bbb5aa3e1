import { createHash } from "node:crypto";
import type { Log, ReportingDescriptor, Result, Run } from "sarif"; // types of the format
import { rules } from "../../policy/rules";
import type { Rule, Severity } from "../../policy/rules/rule";
import type { Finding, Outcome } from "./outcome";

/** How GitHub sorts alerts: https://docs.github.com/code-security, "security-severity". */
const SCORE: Readonly<Record<Severity, string>> = { critical: "9.5", high: "8.0", medium: "5.5", low: "3.0" };

/**
 * SARIF 2.1.0, a run for each stack. Results are what is bad; where that is let pass, with the reason as a suppression.
 * What a preview cannot decide is no result, but a note of the run.
 */
export function asSarif(outcomes: readonly Outcome[]): Log {
  return { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: outcomes.map(runOf) };
}

function runOf({ target, findings, failures }: Outcome): Run {
  return {
    tool: { driver: { name: "license-db policy", rules: rules.map(descriptor) } },
    automationDetails: { id: `policy/${target.stack}-${target.vendor}/` },
    invocations: [
      {
        executionSuccessful: failures.length === 0,
        toolExecutionNotifications: [
          ...failures.map((text) => ({ level: "error" as const, message: { text } })),
          ...findings
            .filter(({ verdict }) => verdict === "undecided")
            .map(({ rule, says }) => ({
              level: "note" as const,
              message: { text: says },
              associatedRule: { id: rule.id },
            })),
        ],
      },
    ],
    results: findings.flatMap((finding) => resultOf(finding, `Pulumi.${target.stack}.yaml`)),
  };
}

function resultOf({ rule, verdict, urn, on, says }: Finding, uri: string): Result[] {
  const suppressed = verdict === "let pass" || verdict === "exempt";
  if (verdict !== "VIOLATION" && !suppressed) return [];
  return [
    {
      ruleId: rule.id,
      ruleIndex: rules.indexOf(rule),
      kind: "fail",
      level: suppressed ? "note" : "error",
      message: { text: says },
      locations: [
        {
          // Code hosts show nothing without a file; the stack's is the one to change.
          physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } },
          ...(urn === "" ? {} : { logicalLocations: [{ fullyQualifiedName: urn, name: on, kind: "resource" }] }),
        },
      ],
      partialFingerprints: { "ruleAndResource/v1": createHash("sha256").update(`${rule.id} ${urn}`).digest("hex") },
      ...(suppressed ? { suppressions: [{ kind: "external", status: "accepted", justification: says }] } : {}),
    },
  ];
}

const descriptor = (rule: Rule): ReportingDescriptor => ({
  id: rule.id,
  shortDescription: { text: rule.title },
  fullDescription: { text: rule.protects },
  help: { text: rule.mend },
  defaultConfiguration: { level: "error" },
  properties: {
    tags: ["security", ...rule.requirements, ...rule.controls],
    "security-severity": SCORE[rule.severity],
  },
});
