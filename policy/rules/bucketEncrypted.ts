import { resourceRule } from "./rule";
import { all, mustBeTrue, ownKey } from "./verdicts";

export const bucketEncrypted = resourceRule({
  id: "bucket-encrypted",
  of: "bucket",
  requirements: ["R12", "R14"],
  severity: "high",
  title: "Buckets are encrypted with a customer-managed key.",
  protects: "Only a key of your own says who may read a dump.",
  mend: "Set server-side encryption with a key of your own.",
  controls: [],
  settings: {},
  judge: ({ encrypted, key }) => all(mustBeTrue(encrypted, "the bucket is not encrypted"), ownKey(key, "the bucket")),
});
