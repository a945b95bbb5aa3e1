import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const accountNotSuperuser = resourceRule({
  id: "account-not-superuser",
  of: "account",
  requirements: ["R13"],
  severity: "high",
  title: "The application is no superuser.",
  protects: "Whoever breaks into the application owns the server.",
  mend: "Give the application's account rights on its own database alone.",
  controls: [],
  settings: {},
  judge: ({ superuser }) => mustBeFalse(superuser, "the account is a superuser"),
});
