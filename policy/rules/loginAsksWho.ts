import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const loginAsksWho = resourceRule({
  id: "login-asks-who",
  of: "database",
  requirements: ["R13"],
  severity: "critical",
  title: "Nobody gets in without proving who they are.",
  protects: "Whoever reaches the port is whoever they say they are.",
  mend: "Use scram-sha-256, md5 (which takes SCRAM) or cert in every row of pgHbaConfs (Alibaba Cloud).",
  controls: [],
  settings: {},
  judge: ({ asksWho }) =>
    mustBeTrue(asksWho, "a row of pg_hba lets in without a proof, or with a password in plain text"),
});
