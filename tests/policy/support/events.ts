import { rules } from "../../../policy/rules";

/** A stack's cluster, bare of all that a rule could ask for. */
export const CLUSTER = "urn:pulumi:prod::license-db::aws:rds/cluster:Cluster::license-db-prod-cluster";

export interface Told {
  readonly policy: string;
  readonly says: string;
  readonly urn?: string;
  readonly pack?: string;
}

/** The engine's events of a preview under the pack, made up. */
export function eventsWith(
  told: readonly Told[],
  { packs = { "license-db|local|policy": "0.1.0" }, ran = rules.map(({ id }) => id), more = [] as object[] } = {},
): string {
  const metadata = {
    op: "create",
    type: "aws:rds/cluster:Cluster",
    urn: CLUSTER,
    new: { inputs: { engine: "postgres", storageEncrypted: true }, protect: true },
  };
  const events = [
    { resourcePreEvent: { metadata } },
    { policyAnalyzeSummaryEvent: { resourceUrn: CLUSTER, passed: ran } },
    ...told.map(({ policy, says, urn = CLUSTER, pack = "license-db" }) => ({
      policyEvent: {
        resourceUrn: urn,
        message: `What the policy is for.\n${says}\n`,
        policyName: policy,
        policyPackName: pack,
        enforcementLevel: "mandatory",
      },
    })),
    ...more,
    { summaryEvent: { PolicyPacks: packs, isPreview: true } },
    { cancelEvent: {} },
  ];
  return events.map((event, sequence) => `${JSON.stringify({ sequence, timestamp: 1, ...event })}\n`).join("");
}
