import { opensTo } from "./documents";
import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const keyPolicy = resourceRule({
  id: "key-policy",
  of: "key",
  requirements: ["R12"],
  severity: "high",
  title: "A key says who may use it, and that is not everybody.",
  protects: "Whoever is let use the key reads what it encrypts.",
  mend: 'Write a key policy; name principals, or narrow "*" by a condition.',
  controls: ["Checkov CKV_AWS_33", "Checkov CKV2_AWS_64"],
  settings: {},
  judge: ({ policy }) =>
    must(
      policy,
      (document) => opensTo(document) === undefined,
      (document) =>
        document === undefined ? "the key has no policy of its own" : `the key's policy ${opensTo(document)}`,
    ),
});
