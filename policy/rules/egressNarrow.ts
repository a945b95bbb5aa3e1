import { isEverywhere } from "./cidrs";
import { notAsked, resourceRule } from "./rule";
import { must } from "./verdicts";

export const egressNarrow = resourceRule({
  id: "egress-narrow",
  of: "networkRule",
  requirements: ["R11"],
  severity: "medium",
  title: "Nothing is let out to everywhere.",
  protects: "A database or function that was broken into sends its rows wherever it likes.",
  mend: "Name the security groups or CIDR blocks that are needed.",
  controls: ["Checkov CKV_AWS_382"],
  settings: {},
  judge: ({ direction, cidrs }) =>
    direction === "in"
      ? notAsked("it lets in")
      : must(
          cidrs,
          (list) => !list.some(isEverywhere),
          () => "everything is let out to everywhere",
        ),
});
