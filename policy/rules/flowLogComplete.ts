import { resourceRule } from "./rule";
import { must, shown } from "./verdicts";

export const flowLogComplete = resourceRule({
  id: "flow-log-complete",
  of: "flowLog",
  requirements: ["R11", "R15"],
  severity: "low",
  title: "Flow logs hold all traffic.",
  protects: "What was let through is what an investigation asks for.",
  mend: "Set trafficType to ALL.",
  controls: ["Security Hub EC2.6", "CIS Alibaba 3.3"],
  settings: {},
  judge: ({ traffic }) =>
    must(
      traffic,
      (kind) => kind.toUpperCase() === "ALL",
      (kind) => `only ${shown(kind)} traffic is logged`,
    ),
});
