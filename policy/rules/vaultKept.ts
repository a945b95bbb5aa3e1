import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const vaultKept = resourceRule({
  id: "vault-kept",
  of: "vault",
  requirements: ["R14"],
  severity: "high",
  title: "A vault does not go with what is in it.",
  protects: "A destroyed stack would take the archives of a year with it.",
  mend: "Set forceDestroy to false.",
  controls: [],
  settings: {},
  remedy: { "aws:backup/vault:Vault": { forceDestroy: false } },
  judge: ({ forceDestroy }) => mustBeFalse(forceDestroy, "all archives are deleted with the vault"),
});
