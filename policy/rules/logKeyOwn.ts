import { resourceRule } from "./rule";
import { ownKey } from "./verdicts";

export const logKeyOwn = resourceRule({
  id: "log-key-own",
  of: "logGroup",
  requirements: ["R12", "R15"],
  severity: "medium",
  title: "Logs are encrypted with a customer-managed key.",
  protects: "Logs hold statements, and statements hold rows.",
  mend: "Set kmsKeyId (AWS), encryptConf with your key in userCmkInfo (Alibaba Cloud).",
  controls: ["Checkov CKV_AWS_158"],
  settings: {},
  judge: ({ key }) => ownKey(key, "the log"),
});
