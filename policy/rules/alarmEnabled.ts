import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const alarmEnabled = resourceRule({
  id: "alarm-enabled",
  of: "alarm",
  requirements: ["R16"],
  severity: "high",
  title: "Alarms act.",
  protects: "An alarm that is switched off tells nobody.",
  mend: "Set actionsEnabled (AWS), enabled (Alibaba Cloud).",
  controls: ["Security Hub CloudWatch.17", "Checkov CKV_AWS_319"],
  settings: {},
  remedy: { "aws:cloudwatch/metricAlarm:MetricAlarm": { actionsEnabled: true } },
  judge: ({ enabled }) => mustBeTrue(enabled, "the alarm is switched off"),
});
