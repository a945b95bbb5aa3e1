import { opensTo } from "./documents";
import { resourceRule } from "./rule";
import { mayBe } from "./verdicts";

export const secretPolicy = resourceRule({
  id: "secret-policy",
  of: "secret",
  requirements: ["R13"],
  severity: "critical",
  title: "Not everybody may read a secret.",
  protects: "Whoever reads it logs in.",
  mend: "Name principals in the secret's policy.",
  controls: [],
  settings: {},
  judge: ({ policy }) =>
    mayBe(
      policy,
      (document) => opensTo(document) === undefined,
      (document) => `the secret's policy ${document && opensTo(document)}`,
    ),
});
