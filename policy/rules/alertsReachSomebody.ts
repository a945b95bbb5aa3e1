import { knownValue } from "../facts/fact";
import type { AlertTarget } from "../facts/kinds";
import { belongs } from "./databases";
import { bad, type Finding, good, type Stack, stackRule, undecided, type Verdict } from "./rule";
import { must, mustBeTrue, some } from "./verdicts";

function targets(stack: Stack): Finding[] {
  return stack.all("alertTarget").map((target) => ({ on: target, verdict: reaches(stack, target) }));
}

function reaches(stack: Stack, target: AlertTarget): Verdict {
  if (target.reaches.state !== "lacking")
    return must(
      target.reaches,
      (count) => count > 0,
      () => "nobody is told",
    );
  return some(
    stack
      .all("alertContact")
      .map((contact) =>
        belongs(stack, target, contact.target, () => mustBeTrue(contact.address, "the contact has no address")),
      ),
    "nobody is told: there is no contact",
  );
}

/** Alarms and news that tell only what is not here. */
function elsewhere(stack: Stack, trusted: readonly string[]): Finding[] {
  const tellers = [
    ...stack.all("alarm").map((alarm) => ({ on: alarm, tells: knownValue(alarm.tells) ?? [] })),
    ...stack.all("eventSubscription").map((one) => ({ on: one, tells: [knownValue(one.tells) ?? []].flat() })),
  ];
  return tellers.flatMap(({ on, tells }) => {
    if (tells.length === 0) return [];
    const verdicts = tells.map((one): Verdict => {
      if (one.text.state === "known" && trusted.includes(one.text.value)) return good;
      const relations = stack.all("alertTarget").map((target) => stack.relation(one, target));
      if (relations.includes("yes")) return good;
      return relations.includes("maybe") || one.text.state === "unknown" ? undecided(one.property) : bad("elsewhere");
    });
    return [
      {
        on,
        verdict: some(verdicts, "it tells a target outside the stack: whether that reaches anybody is not to be seen"),
      },
    ];
  });
}

export const alertsReachSomebody = stackRule({
  id: "alerts-reach-somebody",
  of: "stack",
  requirements: ["R16"],
  severity: "high",
  title: "What alarms tell reaches a person.",
  protects: "An alarm nobody reads is none.",
  mend: "Subscribe an address to the topic (AWS: sns.TopicSubscription), name contacts (license-db:alerts.contacts); a target of another program: the setting `trusted`.",
  controls: [],
  softerInDev: "nobody is woken by a development database",
  settings: {
    trusted: {
      type: "array",
      default: [] as readonly string[],
      description: "Ids or ARNs of targets outside the stack that are known to reach somebody.",
    },
  },
  judge: (stack, { trusted }) => [...targets(stack), ...elsewhere(stack, trusted)],
});
