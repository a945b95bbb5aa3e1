import * as rdsApi from "@alicloud/rds20140815";
import type { RDSClient } from "@aws-sdk/client-rds";
import { describe, expect, it } from "vitest";
import { silent } from "../../../../components/local/tools/reporter";
import { list as listAlicloud, take as takeAlicloud } from "../../../../ops/backup/alicloud";
import { ofSnapshot, snapshotName } from "../../../../ops/backup/aws";
import type { Context } from "../../../../ops/cli/operation";
import type { Stack } from "../../../../ops/cli/stack";
import type { Alicloud } from "../../../../ops/cloud/rds";
import { restore as restoreAlicloud } from "../../../../ops/restore/alicloud";
import { restore as restoreAws } from "../../../../ops/restore/aws";
import type { RestoreOptions } from "../../../../ops/restore/command";
import { parseTarget } from "../../../../ops/restore/target";

const contextOf = (kind: "cluster" | "instance", options: Partial<RestoreOptions>): Context<RestoreOptions> => ({
  stack: { name: "prod", vendor: "aws", cluster: { kind, id: "license-db-prod", region: "eu-central-1" } } as Stack,
  options: { stack: "prod", json: false, inPlace: false, exclusive: false, ...options },
  report: silent,
  signal: new AbortController().signal,
  confirm: async () => {},
});

/** RDS in memory: one cluster or instance, and those restored from it. */
class Rds {
  readonly asked: [string, Record<string, unknown>][] = [];
  readonly made = new Map<string, string>();

  async send(command: { constructor: { name: string }; input: Record<string, unknown> }): Promise<unknown> {
    const { name } = command.constructor;
    const { input } = command;
    this.asked.push([name, input]);
    const restorable = {
      EarliestRestorableTime: new Date("2026-11-10T00:00:00Z"),
      LatestRestorableTime: new Date("2026-11-22T00:00:00Z"),
    };
    const common = { VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-1" }], StorageType: "gp3", Status: "available" };
    if (name === "DescribeDBClustersCommand") {
      const id = String(input.DBClusterIdentifier);
      if (id !== "license-db-prod" && !this.made.has(id))
        throw Object.assign(new Error(), { name: "DBClusterNotFoundFault" });
      return {
        DBClusters: [{ ...common, ...restorable, DBSubnetGroup: "subnets", Endpoint: `${id}.rds`, Port: 5432 }],
      };
    }
    if (name === "DescribeDBInstancesCommand") {
      const id = String(input.DBInstanceIdentifier);
      if (id !== "license-db-prod" && !this.made.has(id))
        throw Object.assign(new Error(), { name: "DBInstanceNotFoundFault" });
      const endpoint = { Endpoint: { Address: `${id}.rds`, Port: 5432 }, DBInstanceStatus: "available" };
      return {
        DBInstances: [{ ...common, ...restorable, ...endpoint, DBSubnetGroup: { DBSubnetGroupName: "subnets" } }],
      };
    }
    this.made.set(String(input.DBClusterIdentifier ?? input.TargetDBInstanceIdentifier), name);
    return {};
  }

  get client(): RDSClient {
    return this as unknown as RDSClient;
  }
}

describe("a restore on AWS", () => {
  it("makes a new cluster beside, in the same network, never public", async () => {
    const rds = new Rds();
    const to = parseTarget("2026-11-20 01:00:00+01");
    const made = await restoreAws(contextOf("cluster", { beside: "copy" }), to, rds.client);
    expect(made.data).toMatchObject({ name: "copy", host: "copy.rds", port: 5432 });
    const [, input] = rds.asked.find(([name]) => name === "RestoreDBClusterToPointInTimeCommand") ?? [];
    expect(input).toMatchObject({
      SourceDBClusterIdentifier: "license-db-prod",
      DBClusterIdentifier: "copy",
      RestoreToTime: new Date("2026-11-20T00:00:00Z"),
      DBSubnetGroupName: "subnets",
      VpcSecurityGroupIds: ["sg-1"],
      PubliclyAccessible: false,
    });
  });

  it("waits for what an interrupted run began, and begins no second one", async () => {
    const rds = new Rds();
    rds.made.set("copy", "earlier");
    await restoreAws(contextOf("instance", { beside: "copy" }), { type: "latest" }, rds.client);
    expect(rds.asked.map(([name]) => name)).not.toContain("RestoreDBInstanceToPointInTimeCommand");
  });

  it("says everything that the service cannot do at once, before anything is begun", async () => {
    const rds = new Rds();
    const asked = contextOf("instance", { inPlace: true, beside: "Not_a_name", exclusive: true });
    const refusal = restoreAws(asked, parseTarget("xid:4711"), rds.client);
    await expect(refusal).rejects.toThrow(
      /--in-place[\s\S]*a time alone[\s\S]*for stacks on local[\s\S]*lower-case letters/,
    );
    const early = restoreAws(contextOf("cluster", { beside: "copy" }), parseTarget("2026-11-09 00:00Z"), rds.client);
    await expect(early).rejects.toThrow(/before what is stored: a restore reaches from 2026-11-10 .* to 2026-11-22/);
    const late = restoreAws(contextOf("cluster", { beside: "copy" }), parseTarget("2026-11-23 00:00Z"), rds.client);
    await expect(late).rejects.toThrow(/later than what is stored/);
    expect(rds.made.size).toBe(0);
  });

  it("tells snapshots by their names and times", () => {
    expect(snapshotName("license-db-prod", new Date("2026-11-23T02:04:05Z"))).toBe(
      "license-db-prod-by-hand-20261123-020405",
    );
    const snapshot = { DBSnapshotIdentifier: "one", SnapshotType: "manual", Status: "creating" };
    expect(ofSnapshot(snapshot)).toEqual({ label: "one", type: "manual", state: "creating" });
  });
});

/** ApsaraDB in memory. */
function apsara(asked: [string, object][]): Alicloud {
  const answer = (name: string, body: object) => async (request: object) => {
    asked.push([name, { ...request }]);
    return { body };
  };
  const attribute = {
    DBInstanceStatus: "Running",
    vpcId: "vpc-1",
    vSwitchId: "vsw-1",
    connectionString: "pgm.rds",
    port: "5432",
  };
  return {
    api: rdsApi,
    client: {
      describeAvailableRecoveryTime: answer("window", {
        recoveryBeginTime: "2026-11-10T00:00:00Z",
        recoveryEndTime: "2026-11-22T00:00:00Z",
      }),
      describeBackups: answer("backups", {
        items: {
          backup: [
            { backupId: "7", backupMode: "Automated", backupStatus: "Success", backupEndTime: "2026-11-21T02:00:00Z" },
          ],
        },
      }),
      createBackup: answer("create", { backupJobId: "11" }),
      describeBackupTasks: answer("tasks", { items: { backupJob: [{ backupStatus: "Finished", backupId: "8" }] } }),
      describeDBInstanceAttribute: answer("attribute", { items: { DBInstanceAttribute: [attribute] } }),
      cloneDBInstance: answer("clone", { DBInstanceId: "pgm-copy" }),
    } as unknown as Alicloud["client"],
  };
}

describe("Alibaba Cloud", () => {
  const stack = {
    name: "prod",
    vendor: "alicloud",
    cluster: { kind: "instance", id: "pgm-1", region: "cn-hangzhou" },
  } as Stack;

  it("lists its backups, takes one, and waits for it", async () => {
    const asked: [string, object][] = [];
    const listed = await listAlicloud(stack, apsara(asked));
    expect(listed.data).toEqual({
      recovery: { earliest: "2026-11-10T00:00:00.000Z", latest: "2026-11-22T00:00:00.000Z" },
      backups: [{ label: "7", type: "automated", state: "success", endedAt: "2026-11-21T02:00:00.000Z" }],
    });
    const context = { ...contextOf("instance", {}), stack };
    expect((await takeAlicloud(context, apsara(asked))).data).toEqual({ backup: "8" });
    expect(asked.find(([name]) => name === "tasks")?.[1]).toMatchObject({ backupJobId: 11, DBInstanceId: "pgm-1" });
  });

  it("clones as of a time, into the same network, by a token that makes one clone only", async () => {
    const asked: [string, object][] = [];
    const context = { ...contextOf("instance", { beside: "copy" }), stack };
    const made = await restoreAlicloud(context, parseTarget("2026-11-20 08:00:00+08"), apsara(asked));
    expect(made.data).toMatchObject({ id: "pgm-copy", host: "pgm.rds", port: 5432 });
    expect(asked.find(([name]) => name === "clone")?.[1]).toMatchObject({
      restoreTime: "2026-11-20T00:00:00Z",
      clientToken: "pgm-1-copy",
      VPCId: "vpc-1",
      vSwitchId: "vsw-1",
      payType: "Postpaid",
    });
    await expect(restoreAlicloud(context, parseTarget("2026-12-01 00:00Z"), apsara([]))).rejects.toThrow(
      /later than what is stored/,
    );
  });
});
