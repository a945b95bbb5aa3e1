import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const certificateAuthority = resourceRule({
  id: "certificate-authority",
  of: "database",
  requirements: ["R12"],
  severity: "medium",
  title: "The server's certificate comes from an authority that clients still trust.",
  protects: "An expired authority stops every client that verifies the server.",
  mend: "Name a current authority: caCertificateIdentifier, caCertIdentifier (AWS), caType (Alibaba Cloud).",
  controls: ["Checkov CKV_AWS_211"],
  settings: {
    expired: {
      type: "array",
      default: ["rds-ca-2015", "rds-ca-2019"],
      description: "Authorities that are no longer any good.",
    },
  },
  judge: ({ authority }, { expired }) =>
    must(
      authority,
      (name) => name !== "" && !expired.includes(name),
      (name) =>
        name === undefined
          ? "no authority is named: the account's default is taken"
          : `the authority ${name} has expired`,
    ),
});
