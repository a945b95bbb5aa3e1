import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const proxyScram = resourceRule({
  id: "proxy-scram",
  of: "proxy",
  requirements: ["R12", "R13"],
  severity: "high",
  title: "The proxy takes passwords by SCRAM.",
  protects: "MD5 hashes are as good as the passwords to whoever sees them.",
  mend: "Set clientPasswordAuthType to POSTGRES_SCRAM_SHA_256.",
  controls: [],
  settings: {},
  judge: ({ scram }) => mustBeTrue(scram, "passwords are taken by something weaker than SCRAM"),
});
