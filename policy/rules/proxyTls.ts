import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const proxyTls = resourceRule({
  id: "proxy-tls",
  of: "proxy",
  requirements: ["R5", "R12"],
  severity: "critical",
  title: "The proxy refuses plain text connections.",
  protects: "Passwords and rows would cross the network in plain text.",
  mend: "Set requireTls (AWS), dbProxySslEnabled (Alibaba Cloud, where it is supported).",
  controls: ["Security Hub RDS.43"],
  settings: {},
  remedy: { "aws:rds/proxy:Proxy": { requireTls: true } },
  judge: ({ tlsRequired }) => mustBeTrue(tlsRequired, "the proxy takes plain text connections"),
});
