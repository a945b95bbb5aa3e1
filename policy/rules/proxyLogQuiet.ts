import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const proxyLogQuiet = resourceRule({
  id: "proxy-log-quiet",
  of: "proxy",
  requirements: ["R13"],
  severity: "medium",
  title: "The proxy does not write statements down.",
  protects: "Statements hold rows, and passwords that are being set.",
  mend: "Set debugLogging to false.",
  controls: [],
  settings: {},
  remedy: { "aws:rds/proxy:Proxy": { debugLogging: false } },
  judge: ({ debugLogging }) => mustBeFalse(debugLogging, "every statement is logged with its values"),
});
