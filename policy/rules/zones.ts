import { bad, good, notAsked, stackRule, undecided } from "./rule";

export const zones = stackRule({
  id: "zones",
  of: "stack",
  requirements: ["R3"],
  severity: "high",
  title: "The database's subnets lie in different zones.",
  protects: "Several subnets of one zone are lost together.",
  mend: "Name subnets of different zones.",
  controls: ["Checkov CKV_AWS_157"],
  settings: { zones: { type: "number", default: 2, description: "Zones, at least (R3: different zones)." } },
  judge: (stack, { zones }) =>
    stack.all("subnetGroup").map((group) => {
      const subnets = group.subnets.state === "known" ? group.subnets.value : [];
      const found = stack
        .all("subnet")
        .filter((subnet) => subnets.some((one) => stack.relation(one, subnet) === "yes"));
      const known = new Set(found.flatMap(({ zone }) => (zone.state === "known" ? [zone.value] : [])));
      if (known.size >= zones) return { on: group, verdict: good };
      // Subnets of somebody else's: how many zones they have is not the program's to say.
      const elsewhere = subnets.length > found.length;
      const open = group.subnets.state === "unknown" || found.some(({ zone }) => zone.state === "unknown");
      const verdict = elsewhere
        ? notAsked("the subnets are not this program's")
        : open
          ? undecided("zones of the subnets")
          : bad(`the subnets lie in ${known.size} zones; at least ${zones} are asked for`);
      return { on: group, verdict };
    }),
});
