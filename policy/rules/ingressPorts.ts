import { bad, good, notAsked, resourceRule, undecided } from "./rule";
import { all, must, shown } from "./verdicts";

export const ingressPorts = resourceRule({
  id: "ingress-ports",
  of: "networkRule",
  requirements: ["R11"],
  severity: "medium",
  title: "A rule lets to one port.",
  protects: "Each further port is a further service to attack.",
  mend: "Set fromPort and toPort to the one port that is meant.",
  controls: ["CIS Alibaba 3.5"],
  settings: {},
  judge: ({ direction, protocol, fromPort, toPort, database }) =>
    direction === "out" || database
      ? notAsked(database ? "it lets to the database alone" : "it lets out")
      : all(
          must(
            protocol,
            (name) => name.toLowerCase() !== "-1" && name.toLowerCase() !== "all",
            (name) => (name === undefined ? "no protocol is named" : "every protocol is let in"),
          ),
          fromPort.state === "known" && toPort.state === "known"
            ? fromPort.value === toPort.value && typeof fromPort.value === "number" && fromPort.value > 0
              ? good
              : bad(`ports ${shown(fromPort.value)} to ${shown(toPort.value)} are let to`)
            : fromPort.state === "unknown" || toPort.state === "unknown"
              ? undecided("fromPort, toPort")
              : bad("no port is named: all of them are let to"),
        ),
});
