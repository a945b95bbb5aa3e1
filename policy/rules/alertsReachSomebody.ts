import { knownValue } from "../facts/fact";
import type { Alarm, AlertTarget, EventSubscription } from "../facts/kinds";
import { belongs } from "./databases";
import { bad, type Finding, good, type Stack, stackRule, undecided, type Verdict } from "./rule";
import { all, must, mustBeTrue, some } from "./verdicts";

const NOBODY = "nobody is told";

/** What tells a target. */
type Teller = Alarm | EventSubscription;

const tellers = (stack: Stack): readonly Teller[] => [...stack.all("alarm"), ...stack.all("eventSubscription")];

function targets(stack: Stack): Finding[] {
  return stack.all("alertTarget").map((target) => ({ on: target, verdict: reaches(stack, target) }));
}

function reaches(stack: Stack, target: AlertTarget): Verdict {
  if (target.reaches.state !== "lacking") {
    const somebody = must(
      target.reaches,
      (count) => count > 0,
      () => NOBODY,
    );
    const otherwise = withoutIt(stack, target);
    return some([somebody, otherwise], otherwise.is === "bad" ? otherwise.reason : NOBODY);
  }
  return some(
    stack
      .all("alertContact")
      .map((contact) =>
        belongs(stack, target, contact.target, () => mustBeTrue(contact.address, "the contact has no address")),
      ),
    `${NOBODY}: there is no contact`,
  );
}

/** Nobody has to be behind a target whose tellers, every one of them, tell somebody by themselves. */
function withoutIt(stack: Stack, target: AlertTarget): Verdict {
  const found = tellers(stack).flatMap((teller) => {
    const relation = relationOf(stack, teller, target);
    if (relation === "no") return [];
    const itself = mustBeTrue(teller.tellsItself, `${NOBODY} by ${teller.name}`);
    return [relation === "yes" ? itself : undecided(`whom ${teller.name} tells`)];
  });
  // Where none does, the target is what lacks somebody; where some do, those that do not.
  return found.some(({ is }) => is !== "bad") ? all(...found) : bad(NOBODY);
}

function relationOf(stack: Stack, { tells }: Teller, target: AlertTarget): ReturnType<Stack["relation"]> {
  if (tells.state !== "known") return tells.state === "unknown" ? "maybe" : "no";
  const relations = tells.value.map((one) => stack.relation(one, target));
  return relations.find((one) => one === "yes") ?? relations.find((one) => one === "maybe") ?? "no";
}

/** Alarms and news that tell only what is not here. */
function elsewhere(stack: Stack, trusted: readonly string[]): Finding[] {
  return tellers(stack).flatMap((on) => {
    const tells = knownValue(on.tells) ?? [];
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
        verdict: some(
          [...verdicts, mustBeTrue(on.tellsItself, NOBODY)],
          "it tells a target outside the stack: whether that reaches anybody is not to be seen",
        ),
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
  mend: "Subscribe an address to the topic (AWS: sns.TopicSubscription), name contacts (license-db:alerts.contacts) or, in each alarm and event rule, a webhook (Alibaba Cloud); a target of another program: the setting `trusted`.",
  controls: [],
  softerInDev: "nobody is woken by a development database",
  softerInLocal: "whoever works on this machine sees it fail",
  settings: {
    trusted: {
      type: "array",
      default: [] as readonly string[],
      description: "Ids or ARNs of targets outside the stack that are known to reach somebody.",
    },
  },
  judge: (stack, { trusted }) => [...targets(stack), ...elsewhere(stack, trusted)],
});
