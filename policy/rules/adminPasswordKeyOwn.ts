import { notAsked, resourceRule } from "./rule";
import { ownKey } from "./verdicts";

export const adminPasswordKeyOwn = resourceRule({
  id: "admin-password-key-own",
  of: "database",
  requirements: ["R12", "R13"],
  severity: "medium",
  title: "The administrator's password is encrypted with a customer-managed key.",
  protects: "Only a key of your own says who may read the password.",
  mend: "Set masterUserSecretKmsKeyId.",
  controls: ["Checkov CKV_AWS_149"],
  settings: {},
  judge: ({ adminPasswordManaged, passwordKey, role }) =>
    role === "replica" || (adminPasswordManaged.state === "known" && adminPasswordManaged.value !== true)
      ? notAsked("the service keeps no password of it")
      : adminPasswordManaged.state === "absent"
        ? notAsked("the service keeps no password of it")
        : ownKey(passwordKey, "the administrator's password"),
});
