import { resourceRule } from "./rule";
import { all, mustBeTrue, mustNameSome, some } from "./verdicts";

export const eventSubscriptionEnabled = resourceRule({
  id: "event-subscription-enabled",
  of: "eventSubscription",
  requirements: ["R16", "R17"],
  severity: "medium",
  title: "Subscriptions to the service's news are switched on.",
  protects: "A failover or a failed backup goes unnoticed.",
  mend: "Set enabled.",
  controls: ["Security Hub RDS.19", "Security Hub RDS.20", "Security Hub RDS.21"],
  settings: {},
  remedy: { "aws:rds/eventSubscription:EventSubscription": { enabled: true } },
  judge: ({ enabled, tells, tellsItself }) => {
    const nobody = "the subscription tells nobody";
    return all(
      mustBeTrue(enabled, "the subscription is switched off"),
      some([mustNameSome(tells, nobody), mustBeTrue(tellsItself, nobody)], nobody),
    );
  },
});
