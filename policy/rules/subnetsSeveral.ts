import { resourceRule } from "./rule";
import { must, shown } from "./verdicts";

export const subnetsSeveral = resourceRule({
  id: "subnets-several",
  of: "subnetGroup",
  requirements: ["R3"],
  severity: "high",
  title: "The database may lie in several subnets.",
  protects: "With one subnet the loss of its zone is the loss of the database.",
  mend: "Name subnets of three zones.",
  controls: [],
  settings: { subnets: { type: "number", default: 3, description: "Subnets, at least (R3: three zones)." } },
  judge: ({ count }, { subnets }) =>
    must(
      count,
      (number) => number >= subnets,
      (number) => `there are ${shown(number)} subnets; at least ${subnets} are asked for`,
    ),
});
