import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const bucketPrivate = resourceRule({
  id: "bucket-private",
  of: "bucket",
  requirements: ["R11", "R14"],
  severity: "critical",
  title: "Buckets are private.",
  protects: "A dump in a public bucket is everybody's.",
  mend: "Set acl to private.",
  controls: [],
  settings: {},
  judge: ({ acl }) =>
    must(
      acl,
      (name) => ["private", "log-delivery-write", "bucket-owner-full-control", "bucket-owner-read"].includes(name),
      (name) => `the bucket's acl is ${name}`,
    ),
});
