import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const contactHasAddress = resourceRule({
  id: "contact-has-address",
  of: "alertContact",
  requirements: ["R16"],
  severity: "high",
  title: "Every contact can be reached.",
  protects: "An alarm told to nobody is none.",
  mend: "Give the contact an address: mail, DingTalk, a webhook; local: name the server that takes mail (license-db:local.monitoring.mail.host).",
  controls: [],
  settings: {},
  judge: ({ address }) => mustBeTrue(address, "the contact has no address"),
});
