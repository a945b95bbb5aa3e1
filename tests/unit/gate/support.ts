/** What a made-up preview is made of. */
export interface MadeUp {
  readonly op: string;
  readonly type: string;
  readonly name: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly forcedBy?: readonly string[];
}

export const urnOf = ({ type, name }: Pick<MadeUp, "type" | "name">): string =>
  `urn:pulumi:prod::license-db::license-db:index:LicenseDbCluster$${type}::${name}`;

const hasOld = (op: string) => !["create", "import", "read"].includes(op);

/** As `pulumi preview --json` prints it. */
export function digestOf(steps: readonly MadeUp[]): string {
  const counted = new Map<string, number>();
  for (const { op } of steps) counted.set(op, (counted.get(op) ?? 0) + 1);
  return JSON.stringify({
    config: { "license-db:vendor": "aws" },
    steps: steps.map((step) => ({
      op: step.op,
      urn: urnOf(step),
      [hasOld(step.op) ? "oldState" : "newState"]: stateOf(step),
      ...(step.forcedBy ? { replaceReasons: [step.forcedBy[0]?.split(".")[0]] } : {}),
      detailedDiff: step.forcedBy
        ? Object.fromEntries(step.forcedBy.map((path) => [path, { kind: "update-replace", inputDiff: false }]))
        : null,
    })),
    duration: 1,
    changeSummary: Object.fromEntries(counted.set("same", 3)),
  });
}

/** As the event log has it. */
export function eventsOf(steps: readonly MadeUp[]): string {
  const events = [
    { preludeEvent: { config: {} } },
    ...steps.map((step) => ({
      resourcePreEvent: {
        metadata: {
          op: step.op,
          urn: urnOf(step),
          type: step.type,
          old: hasOld(step.op) ? stateOf(step) : null,
          new: hasOld(step.op) ? null : stateOf(step),
          keys: step.forcedBy?.map((path) => path.split(".")[0]),
          detailedDiff: step.forcedBy
            ? Object.fromEntries(step.forcedBy.map((path) => [path, { diffKind: "update-replace", inputDiff: false }]))
            : null,
        },
        planning: true,
      },
    })),
    { summaryEvent: { maybeCorrupt: false, durationSeconds: 1, resourceChanges: {}, isPreview: true } },
    { cancelEvent: {} },
  ];
  return events.map((event, sequence) => `${JSON.stringify({ sequence, timestamp: 1, ...event })}\n`).join("");
}

const stateOf = ({ type, protect, retainOnDelete }: MadeUp) => ({
  type,
  custom: true,
  ...(protect ? { protect } : {}),
  ...(retainOnDelete ? { retainOnDelete } : {}),
});
