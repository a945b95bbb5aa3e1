import type { Stack } from "../cli/stack";
import { alicloud } from "../cloud/rds";
import { type Apsara, apsaraBy } from "../drill/alicloud";
import type { ServiceFacts } from "./cloud";

/** Milliseconds. A full backup is taken every day; so old it may be, and some hours for the next to come about. */
const RECENT = 26 * 3_600_000;

/** Members and the newest backup as ApsaraDB tells them. */
export const serviceFacts = async (stack: Stack): Promise<ServiceFacts> =>
  factsBy(apsaraBy(await alicloud(stack)), stack.cluster.id, new Date());

export async function factsBy(apsara: Apsara, id: string, now: Date): Promise<ServiceFacts> {
  const since = new Date(now.getTime() - RECENT);
  const [{ status, replicas }, newest] = await Promise.all([apsara.instance(id), apsara.newestBackup(id, since)]);
  const states = await Promise.all(
    replicas.map(async (name) => ({ name, status: (await apsara.instance(name)).status })),
  );
  return {
    members: [
      { name: id, role: "primary", state: status, well: status === "Running" },
      ...states.map((one) => ({
        name: one.name,
        role: "replica" as const,
        state: one.status,
        well: one.status === "Running",
      })),
    ],
    backups:
      newest === undefined
        ? { failures: [`none ended since ${since.toISOString().slice(0, 16)}Z`] }
        : { lastFull: newest.getTime() / 1000, failures: [] },
    unseen: ["alarms in force: CloudMonitor's console has them; what one look can judge is judged here"],
  };
}
