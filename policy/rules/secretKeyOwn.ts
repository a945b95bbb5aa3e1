import { resourceRule } from "./rule";
import { ownKey } from "./verdicts";

export const secretKeyOwn = resourceRule({
  id: "secret-key-own",
  of: "secret",
  requirements: ["R12", "R13"],
  severity: "high",
  title: "Secrets are encrypted with a customer-managed key.",
  protects: "Only a key of your own says who may read the password.",
  mend: "Set kmsKeyId (AWS), encryptionKeyId (Alibaba Cloud).",
  controls: ["Checkov CKV_AWS_149"],
  settings: {},
  judge: ({ key }) => ownKey(key, "the secret"),
});
