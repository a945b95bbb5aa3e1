import type { Alarm, Database, Watch } from "../facts/kinds";
import type { Reference } from "../facts/resource";
import { belongs, dataHolders } from "./databases";
import { bad, good, type Stack, stackRule, undecided, type Verdict } from "./rule";
import { all, must, some } from "./verdicts";

const NAMES: Readonly<Record<Watch, string>> = {
  cpu: "CPU",
  memory: "memory",
  disk: "the disk",
  replicationLag: "the replication lag",
};
const WATCHES = Object.keys(NAMES) as readonly Watch[];

function watchesIt({ watches }: Alarm, watch: Watch): Verdict {
  return must(
    watches,
    (one) => one === watch,
    () => "it watches something else",
  );
}

function isOf(stack: Stack, { of }: Alarm, database: Database): Verdict {
  if (of.state !== "known")
    return must(
      of,
      () => true,
      () => "it watches no database",
    );
  const elsewhere = "it watches another database";
  return some(
    of.value.map((one) => {
      // A replica's processor and disk are its own: its primary's do not stand for them.
      if (database.role !== "replica") return belongs(stack, database, { state: "known", value: one }, () => good);
      const relation = stack.relation(one, database);
      return relation === "yes" ? good : relation === "maybe" ? undecided(one.property) : bad(elsewhere);
    }),
    elsewhere,
  );
}

/** Members that are resources of their own: each has a processor and a disk. */
const replicasOf = (stack: Stack, database: Database): readonly Database[] =>
  stack
    .all("database")
    .filter(({ role, source }) => role === "replica" && belongs(stack, database, source, () => good).is !== "bad");

/** Who must be watched: the lag of each replica, where the database itself does not show it; the rest everywhere. */
function watched(stack: Stack, database: Database, watch: Watch): readonly Database[] {
  const followers = replicasOf(stack, database);
  if (watch === "replicationLag") return followers.length > 0 ? followers : [database];
  return [database, ...followers];
}

/** The lag of what does not replicate cannot be watched. */
function hasReplicas(stack: Stack, { readableReplicas, urn }: Database): boolean {
  if (readableReplicas.state === "known")
    return (
      readableReplicas.value !== 0 || stack.all("database").some((one) => one.role === "replica" && one.urn !== urn)
    );
  return stack.all("database").some((one) => one.role === "replica" || one.role === "member");
}

/** A cluster's members are no resources: there must be as many watched as it has, or the cluster as a whole. */
function everyMember(stack: Stack, database: Database, watch: Watch): Verdict {
  const { readableReplicas, role } = database;
  if (role !== "cluster" || readableReplicas.state !== "known" || typeof readableReplicas.value !== "number")
    return good;
  const members = readableReplicas.value + 1;
  const named: Reference[] = [];
  for (const alarm of stack.all("alarm")) {
    if (all(watchesIt(alarm, watch), isOf(stack, alarm, database)).is === "bad") continue;
    if (alarm.of.state === "unknown") return undecided(alarm.of.what);
    if (alarm.of.state === "known") named.push(...alarm.of.value);
  }
  if (named.length >= members || named.some(({ property }) => property.endsWith("DBClusterIdentifier"))) return good;
  return bad(`of ${members} members ${named.length} have an alarm on ${NAMES[watch]}`);
}

export const alarms = stackRule({
  id: "alarms",
  of: "stack",
  requirements: ["R16"],
  severity: "high",
  title: "CPU, memory, disk and replication lag of the database have an alarm each.",
  protects: "Trouble is noticed by users.",
  mend: "Add the alarms of R16 on the database's members; local: do not set license-db:local.monitoring.enabled to false.",
  controls: [],
  settings: {},
  judge: (stack) =>
    dataHolders(stack).flatMap((database) =>
      WATCHES.filter((watch) => watch !== "replicationLag" || hasReplicas(stack, database)).flatMap((watch) =>
        watched(stack, database, watch).map((member) => {
          const verdicts = stack.all("alarm").map((alarm) => all(watchesIt(alarm, watch), isOf(stack, alarm, member)));
          const missing = `no alarm watches ${NAMES[watch]} of the database`;
          return { on: member, verdict: all(some(verdicts, missing), everyMember(stack, member, watch)) };
        }),
      ),
    ),
});
