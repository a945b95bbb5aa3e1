import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const logNotPublic = resourceRule({
  id: "log-not-public",
  of: "logGroup",
  requirements: ["R11", "R15"],
  severity: "high",
  title: "Only the stack writes its logs.",
  protects: "Whoever writes into a log hides in it.",
  mend: "Set enableWebTracking to false (Alibaba Cloud).",
  controls: [],
  settings: {},
  judge: ({ publicWrites }) => mustBeFalse(publicWrites, "everybody may write into the log"),
});
