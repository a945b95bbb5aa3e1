import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const functionClosed = resourceRule({
  id: "function-closed",
  of: "function",
  requirements: ["R11"],
  severity: "critical",
  title: "No function is open to everybody.",
  protects: "Whoever calls it acts with its rights on the database.",
  mend: "Set authorizationType to AWS_IAM; name principals in permissions.",
  controls: [],
  settings: {},
  judge: ({ public: reachable }) => mustBeFalse(reachable, "everybody may call the function"),
});
