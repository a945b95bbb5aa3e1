import { opensTo, trustsEverything } from "./documents";
import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const roleTrust = resourceRule({
  id: "role-trust",
  of: "role",
  requirements: ["R13"],
  severity: "critical",
  title: "Only named services and accounts take a role on.",
  protects: "Whoever takes the role on has its rights.",
  mend: "Name a service or an account as Principal.",
  controls: ["Checkov CKV_AWS_60", "Checkov CKV_AWS_61"],
  settings: {},
  judge: ({ trust }) =>
    must(
      trust,
      (document) => opensTo(document) === undefined && !trustsEverything(document),
      (document) =>
        document === undefined
          ? "nothing says who may take the role on"
          : `the role's trust ${opensTo(document) ?? "names no service"}`,
    ),
});
