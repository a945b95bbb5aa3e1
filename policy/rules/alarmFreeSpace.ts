import type { Alarm, Database } from "../facts/kinds";
import { notAsked, type Stack, stackRule, undecided, type Verdict } from "./rule";
import { must, shown } from "./verdicts";

const databasesOf = (stack: Stack, { of }: Alarm): readonly Database[] =>
  of.state !== "known"
    ? []
    : stack.all("database").filter((database) => of.value.some((one) => stack.relation(one, database) === "yes"));

/** Rounding is no mistake: a byte less is as good. */
const leavesEnough = ({ below }: Alarm, bytes: number): Verdict =>
  must(
    below,
    (value) => typeof value === "number" && Number.isFinite(value) && value >= Math.floor(bytes * 0.999),
    (value) => `it fires below ${shown(value)} bytes; at least ${Math.floor(bytes)} is asked for`,
  );

export const alarmFreeSpace = stackRule({
  id: "alarm-free-space",
  of: "stack",
  requirements: ["R16"],
  severity: "high",
  title: "Alarms on free memory and disk leave as much as R16 says.",
  protects: "An alarm in bytes that nobody recomputed fires when it is too late.",
  mend: "Set the threshold to 15 % of the class's memory, and of the allocated storage.",
  controls: [],
  settings: {
    memory: { type: "number", default: 85, description: "Memory in use, percent, at most (R16: 85)." },
    disk: { type: "number", default: 85, description: "Disk in use, percent, at most (R16: 85)." },
  },
  judge: (stack, { memory, disk }) =>
    stack.all("alarm").flatMap((alarm) => {
      if (alarm.below.state === "lacking" || alarm.watches.state !== "known") return [];
      const share = (100 - (alarm.watches.value === "memory" ? memory : disk)) / 100;
      return databasesOf(stack, alarm).map((database) => {
        const whole =
          alarm.watches.state === "known" && alarm.watches.value === "memory"
            ? database.memoryBytes
            : database.storageBytes;
        const verdict =
          whole.state === "known" && typeof whole.value === "number"
            ? leavesEnough(alarm, whole.value * share)
            : whole.state === "unknown"
              ? undecided(whole.what)
              : notAsked(whole.state === "lacking" ? whole.why : "the database does not say how much there is");
        return { on: alarm, verdict };
      });
    }),
});
