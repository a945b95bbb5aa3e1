import { notAsked, resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const accountNotSuperuser = resourceRule({
  id: "account-not-superuser",
  of: "account",
  requirements: ["R13"],
  severity: "high",
  title: "Nobody is a superuser but the administrator.",
  protects: "Whoever breaks into the application owns the server.",
  mend: "Give the application's account rights on its own database alone.",
  controls: [],
  settings: {
    administrators: {
      type: "array",
      default: ["license_admin"],
      description: "Accounts that may be superusers: those that set the database up.",
    },
  },
  judge: ({ accountName, superuser }, { administrators }) =>
    accountName.state === "known" && administrators.includes(accountName.value)
      ? notAsked("it is an administrator's account")
      : mustBeFalse(superuser, "the account is a superuser"),
});
