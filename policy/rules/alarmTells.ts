import { resourceRule } from "./rule";
import { mustNameSome } from "./verdicts";

export const alarmTells = resourceRule({
  id: "alarm-tells",
  of: "alarm",
  requirements: ["R16"],
  severity: "high",
  title: "Alarms tell somebody.",
  protects: "An alarm nobody hears is none.",
  mend: "Set alarmActions to a topic (AWS), contactGroups (Alibaba Cloud).",
  controls: ["Security Hub CloudWatch.15"],
  settings: {},
  judge: ({ tells }) => mustNameSome(tells, "the alarm tells nobody"),
});
