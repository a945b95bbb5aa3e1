import { stackRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const passwordsGenerated = stackRule({
  id: "passwords-generated",
  of: "stack",
  requirements: ["R13"],
  severity: "critical",
  title: "No password is written into the program.",
  protects: "Whoever reads the program, its history or its configuration has the password.",
  mend: "Take it from random.RandomPassword, or let the service make it.",
  controls: [],
  settings: {},
  // About the stack, because only there it is told where a password comes from.
  judge: (stack) => [
    ...stack.all("account").map((account) => ({
      on: account,
      verdict: mustBeFalse(account.passwordGiven, "its password stands in the program"),
    })),
    ...stack.all("secretValue").map((value) => ({
      on: value,
      verdict: mustBeFalse(value.given, "its content stands in the program"),
    })),
  ],
});
