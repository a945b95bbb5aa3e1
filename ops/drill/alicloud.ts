import type { Stack } from "../cli/stack";
import { type Alicloud, alicloud } from "../cloud/rds";
import type { FaultKind, Subject } from "./subject";

/** What a drill asks of ApsaraDB RDS. */
export interface Apsara {
  /** "Running", "HASwitching", "Restarting", …; and the read-only instances of a primary. */
  instance(id: string): Promise<{ readonly status: string; readonly replicas: readonly string[] }>;
  /** Of the primary and its standby; "sync" or "async". */
  nodes(id: string): Promise<{ readonly mode: string; readonly standby: string | undefined }>;
  switch(id: string, standby: string, force: boolean): Promise<unknown>;
  restart(id: string): Promise<unknown>;
  /** When the newest backup since `since` ended; undefined when there is none. */
  newestBackup(id: string, since: Date): Promise<Date | undefined>;
}

/** Milliseconds. A full backup is taken every day; so old it may be, and some hours for the next to come about. */
const RECENT = 26 * 3_600_000;

export async function alicloudSubject(stack: Stack): Promise<Subject> {
  return subjectOn(stack, apsaraBy(await alicloud(stack)));
}

/** A primary with a standby in a second zone, and read-only instances. */
export function subjectOn({ cluster: { id } }: Pick<Stack, "cluster">, apsara: Apsara): Subject {
  const members = async () => [id, ...(await apsara.instance(id)).replicas];
  const ailing = async () => {
    const found = await Promise.all((await members()).map(async (one) => ({ one, ...(await apsara.instance(one)) })));
    const away = found.filter(({ status }) => status !== "Running").map(({ one, status }) => `${one} is ${status}`);
    return away.length === 0 ? undefined : away.join(", ");
  };
  const replica = async () => (await apsara.instance(id)).replicas.toSorted()[0];
  const words = async (kind: FaultKind) => {
    if (kind === "replica-loss") return `RestartDBInstance of ${await replica()}, a read-only instance`;
    return `SwitchDBInstanceHA of ${id}, ${kind === "failover" ? "forced" : "not forced"}`;
  };
  return {
    async obstacles(kind) {
      const since = new Date(Date.now() - RECENT);
      const [found, { standby }, first, newest] = await Promise.all([
        ailing(),
        apsara.nodes(id),
        replica(),
        apsara.newestBackup(id, since),
      ]);
      return [
        ...(found === undefined ? [] : [`${found}: a drill begins with a healthy cluster (npx license-db status).`]),
        ...(standby === undefined && kind !== "replica-loss"
          ? ["The instance has no standby: set license-db:highAvailability to true."]
          : []),
        ...(first === undefined && kind === "replica-loss"
          ? ["The stack has no read-only instance: set license-db:replicas to 1 or more."]
          : []),
        ...(newest === undefined
          ? [`No backup ended since ${since.toISOString()}: see in ApsaraDB's console why, or take one there.`]
          : []),
      ];
    },
    plan: words,
    async inject(kind) {
      const said = await words(kind);
      if (kind === "replica-loss") await apsara.restart((await replica()) ?? "");
      else await apsara.switch(id, (await apsara.nodes(id)).standby ?? "", kind === "failover");
      return said;
    },
    synchronous: async () => /^sync/i.test((await apsara.nodes(id)).mode),
    ailing,
  };
}

export const apsaraBy = ({ api: sdk, client }: Alicloud): Apsara => ({
  async instance(id) {
    const answer = await client.describeDBInstanceAttribute(
      new sdk.DescribeDBInstanceAttributeRequest({ DBInstanceId: id }),
    );
    const found = answer.body?.items?.DBInstanceAttribute?.[0];
    const replicas = found?.readOnlyDBInstanceIds?.readOnlyDBInstanceId ?? [];
    return {
      status: found?.DBInstanceStatus ?? "not known to RDS",
      replicas: replicas.flatMap(({ DBInstanceId }) => (DBInstanceId === undefined ? [] : [DBInstanceId])),
    };
  },
  async nodes(id) {
    const answer = await client.describeDBInstanceHAConfig(
      new sdk.DescribeDBInstanceHAConfigRequest({ DBInstanceId: id }),
    );
    const { syncMode = "", hostInstanceInfos } = answer.body ?? {};
    return {
      mode: syncMode,
      standby: hostInstanceInfos?.nodeInfo?.find(({ nodeType }) => nodeType === "Slave")?.nodeId,
    };
  },
  switch: (id, standby, force) =>
    client.switchDBInstanceHA(
      new sdk.SwitchDBInstanceHARequest({ DBInstanceId: id, nodeId: standby, force: force ? "Yes" : "No" }),
    ),
  restart: (id) => client.restartDBInstance(new sdk.RestartDBInstanceRequest({ DBInstanceId: id })),
  async newestBackup(id, since) {
    const range = { startTime: minute(since), endTime: minute(new Date()) };
    const answer = await client.describeBackups(new sdk.DescribeBackupsRequest({ DBInstanceId: id, ...range }));
    const ends = (answer.body?.items?.backup ?? [])
      .filter(({ backupStatus }) => backupStatus === "Success")
      .map(({ backupEndTime }) => Date.parse(backupEndTime ?? ""));
    return ends.length > 0 ? new Date(Math.max(...ends)) : undefined;
  },
});

/** "2026-11-22T01:00Z", as RDS writes times. */
const minute = (date: Date): string => `${date.toISOString().slice(0, 16)}Z`;
