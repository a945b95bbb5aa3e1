import type { AnyFact, EventSubscription } from "../facts/kinds";
import { belongs, dataHolders } from "./databases";
import { good, type Stack, stackRule, type Verdict } from "./rule";
import { all, mayBe, must, mustBeTrue, some } from "./verdicts";

/** Of all of its kind, or of this one among others. */
export function aboutIt(stack: Stack, { of }: EventSubscription, it: AnyFact): Verdict {
  const elsewhere = `it is about another ${it.kind}`;
  if (of.state === "absent" || (of.state === "known" && of.value.length === 0)) return good;
  if (of.state !== "known")
    return must(
      of,
      () => true,
      () => elsewhere,
    );
  return some(
    of.value.map((one) => belongs(stack, it, { state: "known", value: one }, () => good)),
    elsewhere,
  );
}

export const eventSubscriptions = stackRule({
  id: "event-subscriptions",
  of: "stack",
  requirements: ["R16", "R17"],
  severity: "medium",
  title: "The service's news about the database are subscribed to.",
  protects: "Failovers, failures and announced maintenance go unnoticed.",
  mend: "Add rds.EventSubscription for the database with the categories failure and maintenance.",
  controls: [
    "Security Hub RDS.19",
    "Security Hub RDS.20",
    "Prowler rds_cluster_critical_event_subscription",
    "Prowler rds_instance_critical_event_subscription",
  ],
  settings: {
    categories: {
      type: "array",
      default: ["failure", "maintenance"],
      description: "Categories of events that must be told.",
    },
  },
  judge: (stack, { categories }) =>
    dataHolders(stack).map((database) => {
      const asked = database.role === "cluster" ? ["cluster", "all"] : ["database", "all"];
      const verdicts = stack.all("eventSubscription").map((one) =>
        all(
          must(
            one.about,
            (about) => asked.includes(about),
            () => "it is about something else",
          ),
          mustBeTrue(one.enabled, "it is switched off"),
          aboutIt(stack, one, database),
          mayBe(
            one.categories,
            (list) => list.length === 0 || categories.every((category) => list.includes(category)),
            (list) =>
              `of ${categories.join(" and ")} only ${(list ?? []).filter((category) => categories.includes(category)).join(", ") || "nothing"} is told`,
          ),
        ),
      );
      return { on: database, verdict: some(verdicts, `nobody is told of ${categories.join(" and ")} of the database`) };
    }),
});
