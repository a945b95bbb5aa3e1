import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const bucketKept = resourceRule({
  id: "bucket-kept",
  of: "bucket",
  requirements: ["R14"],
  severity: "high",
  title: "A bucket does not go with what is in it.",
  protects: "A destroyed stack would take the archives with it.",
  mend: "Set forceDestroy to false.",
  controls: [],
  settings: {},
  judge: ({ forceDestroy }) => mustBeFalse(forceDestroy, "all objects are deleted with the bucket"),
});
