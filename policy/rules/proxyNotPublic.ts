import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const proxyNotPublic = resourceRule({
  id: "proxy-not-public",
  of: "proxy",
  requirements: ["R11"],
  severity: "critical",
  title: "The proxy has no public address.",
  protects: "A public address lets the whole internet try passwords.",
  mend: "Use the proxy's private endpoint alone.",
  controls: [],
  settings: {},
  judge: ({ public: reachable }) => mustBeFalse(reachable, "the proxy has a public address"),
});
