import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const bucketVersioned = resourceRule({
  id: "bucket-versioned",
  of: "bucket",
  requirements: ["R14"],
  severity: "high",
  title: "What is deleted or overwritten in a bucket stays for a while.",
  protects: "Whoever breaks into the account deletes the archives first.",
  mend: "Switch the bucket's versioning on.",
  controls: [],
  settings: {},
  judge: ({ versioned }) => mustBeTrue(versioned, "deleted objects are gone at once"),
});
