import type { Database } from "../facts/kinds";
import { dataHolders } from "./databases";
import { bad, good, type Stack, stackRule, undecided } from "./rule";

/** How many point to it for sure, and how many may. */
function countOf(stack: Stack, database: Database, others: readonly Database[]): readonly [number, number] {
  const relations = others.map(({ source }) =>
    source.state === "known" ? stack.relation(source.value, database) : source.state === "unknown" ? "maybe" : "no",
  );
  const sure = relations.filter((one) => one === "yes").length;
  return [sure, sure + relations.filter((one) => one === "maybe").length];
}

export const replicas = stackRule({
  id: "replicas",
  of: "stack",
  requirements: ["R3"],
  severity: "high",
  title: "The database has readable replicas.",
  protects: "Reads pile up on the primary, and nothing is ready to take over.",
  mend: "Use a Multi-AZ cluster, or add replicas.",
  controls: [],
  softerInDev: "a development database has one member",
  settings: { replicas: { type: "number", default: 2, description: "Readable replicas, at least (R3: 2)." } },
  judge: (stack, { replicas }) =>
    dataHolders(stack).map((database) => {
      const followers = stack.all("database").filter((one) => one.role !== "cluster" && one.role !== "primary");
      const { readableReplicas } = database;
      const [sure, possible] = countOf(stack, database, followers);
      const own =
        readableReplicas.state === "known" && typeof readableReplicas.value === "number" ? readableReplicas.value : 0;
      // One of Aurora's members is the writer.
      const writer = database.role === "cluster" && readableReplicas.state === "lacking" ? 1 : 0;
      const verdict =
        own + sure - writer >= replicas
          ? good
          : readableReplicas.state === "unknown" || own + possible - writer >= replicas
            ? undecided("how many replicas there are")
            : bad(
                `there are ${Math.max(0, own + sure - writer)} readable replicas; at least ${replicas} are asked for`,
              );
      return { on: database, verdict };
    }),
});
