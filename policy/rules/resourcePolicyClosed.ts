import { opensTo } from "./documents";
import { notAsked, resourceRule } from "./rule";
import { must } from "./verdicts";

export const resourcePolicyClosed = resourceRule({
  id: "resource-policy-closed",
  of: "permissions",
  requirements: ["R11", "R13"],
  severity: "critical",
  title: "No resource is open to everybody.",
  protects: "A secret, a vault, a topic or an endpoint that everybody may use is everybody's.",
  mend: 'Name principals, or narrow "*" by account, organisation or source.',
  controls: ["Checkov CKV_AWS_169", "Checkov CKV_AWS_385"],
  settings: {},
  judge: ({ on, document }) =>
    on === "identity"
      ? notAsked("an identity's policy names no principal")
      : must(
          document,
          (one) => opensTo(one) === undefined,
          (one) =>
            one === undefined
              ? "there is no policy: everybody in the network may use it"
              : `the policy ${opensTo(one)}`,
        ),
});
