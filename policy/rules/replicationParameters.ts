import { absent } from "../facts/fact";
import { notAsked, resourceRule, undecided } from "./rule";
import { all, mayBe, must } from "./verdicts";

export const replicationParameters = resourceRule({
  id: "replication-parameters",
  of: "parameters",
  requirements: ["R9"],
  severity: "medium",
  title: "Replication has the parameters that replicas and change capture need.",
  protects: "Replicas fall behind for want of slots or senders, and long reads on them are cancelled.",
  mend: "Set hot_standby_feedback, and wal_level, max_wal_senders and max_replication_slots no lower than R9.",
  controls: [],
  settings: {
    senders: { type: "number", default: 10, description: "max_wal_senders where it is set, at least (R9: 10)." },
    slots: { type: "number", default: 10, description: "max_replication_slots where it is set, at least (R9: 10)." },
  },
  judge: ({ values }, { senders, slots }) => {
    if (values.state !== "known")
      return values.state === "unknown" ? undecided(values.what) : notAsked("no parameters are set");
    const value = (name: string) => values.value[name] ?? absent;
    const atLeast = (name: string, least: number) =>
      mayBe(
        value(name),
        (text) => /^\d+$/.test(text) && Number(text) >= least,
        (text) => `${name} is ${text}; at least ${least} is asked for`,
      );
    return all(
      must(
        value("hot_standby_feedback"),
        (text) => ["1", "on", "true", "yes"].includes(text.toLowerCase()),
        () => "hot_standby_feedback is off",
      ),
      mayBe(
        value("wal_level"),
        (text) => ["replica", "logical"].includes(text),
        (text) => `wal_level is ${text}`,
      ),
      mayBe(
        value("hot_standby"),
        (text) => ["1", "on"].includes(text),
        () => "hot_standby is off",
      ),
      atLeast("max_wal_senders", senders),
      atLeast("max_replication_slots", slots),
    );
  },
});
