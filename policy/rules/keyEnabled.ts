import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const keyEnabled = resourceRule({
  id: "key-enabled",
  of: "key",
  requirements: ["R12"],
  severity: "high",
  title: "Keys are enabled.",
  protects: "What is encrypted with a disabled key cannot be read; the database stops.",
  mend: "Enable the key.",
  controls: ["Checkov CKV_AWS_227", "Checkov CKV_ALI_28"],
  settings: {},
  judge: ({ enabled }) => mustBeTrue(enabled, "the key is disabled"),
});
