import { isWithin } from "./cidrs";
import { good, notAsked, resourceRule } from "./rule";
import { must } from "./verdicts";

export const ingressNarrow = resourceRule({
  id: "ingress-narrow",
  of: "networkRule",
  requirements: ["R11"],
  severity: "critical",
  title: "Only listed networks are let in.",
  protects: "Every address that is let in may try passwords and exploits.",
  mend: "Name the application's CIDR blocks or, better, its security groups.",
  controls: [
    "Security Hub EC2.13",
    "Security Hub EC2.18",
    "Security Hub EC2.19",
    "Checkov CKV_AWS_24",
    "Checkov CKV_AWS_25",
    "Checkov CKV_AWS_260",
    "Checkov CKV_AWS_277",
    "Checkov CKV_ALI_9",
    "CIS Alibaba 6.2",
    "CIS Alibaba 3.5",
    "Prowler rds_instance_no_public_access_whitelist",
  ],
  settings: {
    allowedCidrs: {
      type: "array",
      default: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128"],
      description: "CIDR blocks that may be let in, or parts of them: what is no public address.",
    },
    publicPorts: {
      type: "array",
      default: [] as readonly string[],
      description: "Ports of other things in the stack that may be reached from anywhere.",
    },
  },
  judge: ({ direction, cidrs, fromPort, toPort, protocol }, { allowedCidrs, publicPorts }) => {
    if (direction === "out") return notAsked("it lets out");
    const ports = [fromPort, toPort].map((port) => (port.state === "known" ? port.value : undefined));
    const publicly =
      ports.every((port) => port !== undefined && publicPorts.includes(String(port))) &&
      protocol.state === "known" &&
      protocol.value === "tcp" &&
      ports[0] === ports[1];
    if (publicly) return good;
    return must(
      cidrs,
      (list) => list.every((cidr) => isWithin(cidr, allowedCidrs)),
      (list) =>
        `${(list ?? []).filter((cidr) => !isWithin(cidr, allowedCidrs)).join(", ")} is let in; allowed are blocks within ${allowedCidrs.join(", ")}`,
    );
  },
});
