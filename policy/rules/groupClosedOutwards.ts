import { belongs, reasons } from "./databases";
import { notAsked, stackRule } from "./rule";
import { all, mustBeTrue, some } from "./verdicts";

export const groupClosedOutwards = stackRule({
  id: "group-closed-outwards",
  of: "stack",
  requirements: ["R11"],
  severity: "medium",
  title: "What no rule lets out stays in.",
  protects: "A function that was broken into sends its rows wherever it likes.",
  mend: 'Add a rule of the group that drops everything else: egress, "all", "-1/-1", "0.0.0.0/0" (Alibaba Cloud).',
  controls: [],
  settings: {},
  judge: (stack) =>
    stack.all("networkGroup").map((group) => {
      const { opensOutwards } = group;
      if (opensOutwards.state === "lacking") return { on: group, verdict: notAsked(opensOutwards.why) };
      if (opensOutwards.state === "known" && !opensOutwards.value) {
        return { on: group, verdict: notAsked("the group lets nothing out by itself") };
      }
      const verdicts = stack
        .all("networkRefusal")
        .filter(({ direction }) => direction === "out")
        .map((refusal) =>
          belongs(stack, group, refusal.group, () => all(mustBeTrue(refusal.whole, "something is still let out"))),
        );
      return {
        on: group,
        verdict: some(verdicts, reasons(verdicts) ?? "the group lets out whatever no rule speaks of"),
      };
    }),
});
