import type { DBCluster, DBInstance, RDSClient } from "@aws-sdk/client-rds";
import { rangeOf } from "../backup/aws";
import { EXIT, OperationError } from "../cli/exit";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import { awsRds, awsRdsClient, serviceFailed } from "../cloud/rds";
import { cloudObstacles, requireNone, untilMade } from "./cloud";
import type { RestoreOptions } from "./command";
import { describeTarget, type Target } from "./target";

/** One for both shapes a database has there. */
interface Shape {
  /** Undefined where there is none of the name. */
  find(name: string): Promise<{ status: string; host?: string; port?: number } | undefined>;
  readonly range: { readonly earliest?: string; readonly latest?: string };
  /** Begins it. `at`: a time, or the latest. */
  begin(name: string, at: Date | undefined): Promise<void>;
}

const NAME = /^[a-z](-?[a-z0-9])*$/;
const NAME_ALLOWED = "1 to 63 lower-case letters, digits and single hyphens, a letter first";

/** Makes a new cluster or instance beside, with the same network, groups, size and key. */
export async function restore(context: Context<RestoreOptions>, target: Target, given?: RDSClient): Promise<Result> {
  const { stack, options, report, signal } = context;
  const client = given ?? (await awsRdsClient(stack));
  const shape =
    stack.cluster.kind === "cluster"
      ? await clusters(client, stack.cluster.id)
      : await instances(client, stack.cluster.id);
  requireNone(cloudObstacles(options, target, shape.range, NAME, NAME_ALLOWED));
  const name = options.beside ?? "";
  const what = describeTarget(target);
  if (options.dryRun)
    return { data: { name, target: what }, text: `Would restore ${what} as ${name}, in the same network.` };
  const [made] = await report.all([
    {
      title: `restoring ${what} as ${name}`,
      async run(progress) {
        // An interrupted run has begun it; it is waited for.
        if ((await shape.find(name)) === undefined) {
          await shape.begin(name, target.type === "time" ? new Date(target.at) : undefined);
        }
        return untilMade(async () => {
          const found = await shape.find(name);
          if (found?.status === "available") return found;
          if (/fail|incompatible|inaccessible/.test(found?.status ?? ""))
            throw serviceFailed(name, found?.status ?? "");
          progress(found?.status ?? "asked for");
          return undefined;
        }, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
          throw new OperationError(EXIT.unfinished, `${name} is being made; the same command again waits for it.`);
        });
      },
    },
  ]);
  return {
    data: { name, target: what, host: made?.host, port: made?.port },
    text: [
      `${name} is there: ${made?.host}:${made?.port}, as of ${what}; the password is that of then.`,
      "It costs what the first one costs. docs/aws.md tells how a stack takes it up; else delete it when it has served.",
    ].join("\n"),
  };
}

async function clusters(client: RDSClient, id: string): Promise<Shape> {
  const rds = await awsRds();
  const describe = async (name: string): Promise<DBCluster | undefined> =>
    client.send(new rds.DescribeDBClustersCommand({ DBClusterIdentifier: name })).then(
      ({ DBClusters }) => DBClusters?.[0],
      (error: Error) => orMissing(error, "DBClusterNotFoundFault"),
    );
  const source = await describe(id);
  return {
    range: rangeOf(source),
    async find(name) {
      const found = await describe(name);
      return found && told(found.Status, found.Endpoint, found.Port);
    },
    async begin(name, at) {
      await client.send(
        new rds.RestoreDBClusterToPointInTimeCommand({
          SourceDBClusterIdentifier: id,
          DBClusterIdentifier: name,
          ...moment(at, "RestoreToTime"),
          DBSubnetGroupName: source?.DBSubnetGroup,
          VpcSecurityGroupIds: groups(source),
          DBClusterParameterGroupName: source?.DBClusterParameterGroup,
          DBClusterInstanceClass: source?.DBClusterInstanceClass,
          StorageType: source?.StorageType,
          ...(source?.Iops ? { Iops: source.Iops } : {}),
          KmsKeyId: source?.KmsKeyId,
          EnableIAMDatabaseAuthentication: source?.IAMDatabaseAuthenticationEnabled,
          PubliclyAccessible: false,
          CopyTagsToSnapshot: true,
        }),
      );
    },
  };
}

async function instances(client: RDSClient, id: string): Promise<Shape> {
  const rds = await awsRds();
  const describe = async (name: string): Promise<DBInstance | undefined> =>
    client.send(new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier: name })).then(
      ({ DBInstances }) => DBInstances?.[0],
      (error: Error) => orMissing(error, "DBInstanceNotFoundFault"),
    );
  const source = await describe(id);
  return {
    range: rangeOf(source),
    async find(name) {
      const found = await describe(name);
      return found && told(found.DBInstanceStatus, found.Endpoint?.Address, found.Endpoint?.Port);
    },
    async begin(name, at) {
      await client.send(
        new rds.RestoreDBInstanceToPointInTimeCommand({
          SourceDBInstanceIdentifier: id,
          TargetDBInstanceIdentifier: name,
          ...moment(at, "RestoreTime"),
          DBInstanceClass: source?.DBInstanceClass,
          DBSubnetGroupName: source?.DBSubnetGroup?.DBSubnetGroupName,
          VpcSecurityGroupIds: groups(source),
          DBParameterGroupName: source?.DBParameterGroups?.[0]?.DBParameterGroupName,
          StorageType: source?.StorageType,
          EnableIAMDatabaseAuthentication: source?.IAMDatabaseAuthenticationEnabled,
          MultiAZ: false,
          PubliclyAccessible: false,
          CopyTagsToSnapshot: true,
        }),
      );
    },
  };
}

const moment = <Name extends string>(at: Date | undefined, name: Name) =>
  (at === undefined ? { UseLatestRestorableTime: true } : { [name]: at }) as { [key in Name]?: Date };

const groups = (source: Pick<DBCluster, "VpcSecurityGroups"> | undefined): string[] =>
  (source?.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId }) =>
    VpcSecurityGroupId ? [VpcSecurityGroupId] : [],
  );

const told = (status = "", host?: string, port?: number) => ({
  status,
  ...(host === undefined ? {} : { host }),
  ...(port === undefined ? {} : { port }),
});

function orMissing(error: Error, name: string): undefined {
  if (error.name === name) return undefined;
  throw error;
}
