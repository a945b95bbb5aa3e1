import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const secretNotGiven = resourceRule({
  id: "secret-not-given",
  of: "secretValue",
  requirements: ["R13"],
  severity: "high",
  title: "No secret's content stands in the program.",
  protects: "What the program knows is in its state, too, and in whoever's hands that is.",
  mend: "Let a function inside the account fill the secret, or use the write-only property.",
  controls: [],
  settings: {},
  judge: ({ given }) => mustBeFalse(given, "the program gives the secret its content"),
});
