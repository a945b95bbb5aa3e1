import { describe, expect, it } from "vitest";
import type { Alicloud } from "../../../../ops/cloud/rds";
import { apsaraBy, subjectOn as onApsara } from "../../../../ops/drill/alicloud";
import { subjectOn as onRds, type Rds } from "../../../../ops/drill/aws";
import { complaint } from "../../../../ops/drill/local";
import { factsBy } from "../../../../ops/status/alicloud";

const leader = { name: "member-1", role: "leader", state: "running" };
const replica = { name: "member-2", role: "sync_standby", state: "streaming" };

describe("a local cluster", () => {
  it.each([
    { view: [leader, replica], replicas: 1, says: undefined },
    { view: [leader, replica], replicas: 2, says: "1 of 2 replicas stream" },
    {
      view: [leader, { ...replica, state: "starting" }],
      replicas: 1,
      says: "0 of 1 replicas stream (member-2 is starting)",
    },
    // More than asked for, and one of them ill: not the time for a drill.
    {
      view: [leader, replica, { ...replica, name: "member-3", state: "stopped" }],
      replicas: 1,
      says: "1 of 1 replicas stream (member-3 is stopped)",
    },
    { view: [{ ...leader, state: "starting" }, replica], replicas: 1, says: "No member takes writes" },
  ])("says $says", ({ view, replicas, says }) => expect(complaint(view, replicas)).toBe(says));
});

describe("RDS", () => {
  const asked: unknown[] = [];
  const rds = (over: { readonly cluster?: object; readonly instances?: object[] } = {}): Rds => ({
    cluster: async () => ({
      Status: "available",
      LatestRestorableTime: new Date(),
      DBClusterMembers: [
        { DBInstanceIdentifier: "x-instance-1", IsClusterWriter: true },
        { DBInstanceIdentifier: "x-instance-3", IsClusterWriter: false },
        { DBInstanceIdentifier: "x-instance-2", IsClusterWriter: false },
      ],
      ...over.cluster,
    }),
    instances: async () => over.instances ?? [{ DBInstanceIdentifier: "x-instance-1", DBInstanceStatus: "available" }],
    failOver: async (id) => asked.push(["failover", id]),
    reboot: async (id, failOver) => asked.push(["reboot", id, failOver]),
  });
  const cluster = { cluster: { kind: "cluster", id: "x" } } as const;
  const instance = { cluster: { kind: "instance", id: "x" } } as const;
  const standby = { DBInstanceStatus: "available", MultiAZ: true, LatestRestorableTime: new Date() };

  it("fails a cluster over, and reboots a reader or an instance with a standby", async () => {
    asked.length = 0;
    expect(await onRds(cluster, rds()).obstacles("failover")).toEqual([]);
    await onRds(cluster, rds()).inject("failover");
    await onRds(cluster, rds()).inject("replica-loss");
    expect(await onRds(instance, rds({ instances: [standby] })).obstacles("failover")).toEqual([]);
    await onRds(instance, rds()).inject("failover");
    expect(asked).toEqual([
      ["failover", "x"],
      ["reboot", "x-instance-2", false],
      ["reboot", "x", true],
    ]);
  });

  it.each([
    { over: { instances: [{ DBInstanceIdentifier: "i", DBInstanceStatus: "modifying" }] }, says: /i is modifying/ },
    { over: { instances: [] }, says: /knows no instance/ },
    { over: { cluster: { Status: "failing-over" } }, says: /The cluster is failing-over/ },
    { over: { cluster: { LatestRestorableTime: new Date(Date.now() - 3_600_000) } }, says: /newest moment/ },
    { over: { cluster: { LatestRestorableTime: undefined } }, says: /not known/ },
  ])("refuses where $says", async ({ over, says }) => {
    const found = await onRds(cluster, rds(over)).obstacles("failover");
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(says);
  });

  it("refuses what RDS cannot do, and says what to do instead", async () => {
    await expect(onRds(cluster, rds()).obstacles("switchover")).rejects.toThrow(/drill failover/);
    await expect(onRds(instance, rds()).obstacles("replica-loss")).rejects.toThrow(/drill failover/);
    const alone = rds({ instances: [{ ...standby, MultiAZ: false }] });
    expect(await onRds(instance, alone).obstacles("failover")).toEqual([expect.stringContaining("highAvailability")]);
  });
});

/** As the SDK answers, by what it is asked. */
function apsaraAnswers(states: Readonly<Record<string, string>>, nodes: object[], backups: object[]) {
  const asked: [string, Record<string, string>][] = [];
  const request = (name: string) =>
    class {
      readonly name = name;
      constructor(readonly fields: Readonly<Record<string, string>>) {}
    };
  type Asked = { name: string; fields: Record<string, string> };
  const note = async (one: object) => void asked.push([(one as Asked).name, (one as Asked).fields]);
  const client = {
    describeDBInstanceAttribute: async (one: object) => ({
      body: {
        items: {
          DBInstanceAttribute: [
            {
              DBInstanceStatus: states[(one as Asked).fields.DBInstanceId ?? ""] ?? "",
              readOnlyDBInstanceIds: {
                readOnlyDBInstanceId: Object.keys(states)
                  .filter((id) => id.startsWith("rr-") && (one as Asked).fields.DBInstanceId === "pgm-1")
                  .map((DBInstanceId) => ({ DBInstanceId })),
              },
            },
          ],
        },
      },
    }),
    describeDBInstanceHAConfig: async () => ({ body: { syncMode: "Sync", hostInstanceInfos: { nodeInfo: nodes } } }),
    describeBackups: async () => ({ body: { items: { backup: backups } } }),
    switchDBInstanceHA: note,
    restartDBInstance: note,
  };
  const api = {
    DescribeDBInstanceAttributeRequest: request("attribute"),
    DescribeDBInstanceHAConfigRequest: request("nodes"),
    DescribeBackupsRequest: request("backups"),
    SwitchDBInstanceHARequest: request("switch"),
    RestartDBInstanceRequest: request("restart"),
  };
  const apsara = apsaraBy({ api, client } as unknown as Alicloud);
  return { asked, apsara, subject: onApsara({ cluster: { kind: "instance", id: "pgm-1" } }, apsara) };
}

describe("ApsaraDB RDS", () => {
  const running = { "pgm-1": "Running", "rr-2": "Running", "rr-1": "Running" };
  const nodes = [
    { nodeId: "11", nodeType: "Master" },
    { nodeId: "22", nodeType: "Slave" },
  ];
  const backups = [{ backupEndTime: "2026-11-23T01:00Z", backupStatus: "Success" }];

  it("switches to the standby, by force or not, and restarts a read-only instance", async () => {
    const { asked, subject } = apsaraAnswers(running, nodes, backups);
    expect(await subject.obstacles("failover")).toEqual([]);
    expect(await subject.synchronous()).toBe(true);
    for (const kind of ["failover", "switchover", "replica-loss"] as const) await subject.inject(kind);
    expect(asked).toEqual([
      ["switch", { DBInstanceId: "pgm-1", nodeId: "22", force: "Yes" }],
      ["switch", { DBInstanceId: "pgm-1", nodeId: "22", force: "No" }],
      ["restart", { DBInstanceId: "rr-1" }],
    ]);
  });

  it("shows its members and its newest backup in the status", async () => {
    const { apsara } = apsaraAnswers({ ...running, "rr-2": "Restarting" }, nodes, backups);
    const { members, backups: found } = await factsBy(apsara, "pgm-1", new Date());
    expect(members?.map(({ name, role, well }) => [name, role, well])).toEqual([
      ["pgm-1", "primary", true],
      ["rr-2", "replica", false],
      ["rr-1", "replica", true],
    ]);
    expect(found).toEqual({ lastFull: Date.parse("2026-11-23T01:00Z") / 1000, failures: [] });
    const none = apsaraAnswers(running, nodes, []).apsara;
    expect((await factsBy(none, "pgm-1", new Date())).backups?.failures).toEqual([
      expect.stringMatching(/^none ended since/),
    ]);
  });

  it("refuses without standby, without replica, without backup, and while a member is away", async () => {
    const alone = apsaraAnswers({ "pgm-1": "Running" }, [nodes[0] ?? {}], []);
    expect(await alone.subject.obstacles("failover")).toEqual([
      expect.stringContaining("no standby"),
      expect.stringContaining("No backup"),
    ]);
    expect(await alone.subject.obstacles("replica-loss")).toContainEqual(expect.stringContaining("replicas to 1"));
    const restarting = apsaraAnswers({ ...running, "rr-2": "Restarting" }, nodes, [
      { ...backups[0], backupStatus: "Failed" },
    ]);
    expect(await restarting.subject.obstacles("switchover")).toEqual([
      expect.stringContaining("rr-2 is Restarting"),
      expect.stringContaining("No backup"),
    ]);
  });
});
