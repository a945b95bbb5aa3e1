import type { VendorName } from "./spec/spec";

/**
 * A type token; with the end of the resource's name behind it where only some of the type are meant:
 * "aws:iam/role:Role archive" is every role whose name is "archive" or ends in "-archive".
 */
export type StatefulResource = string;

/** What is lost when the resource is deleted, or made anew; completes "with it goes ...". */
export type Loss = string;

const DATABASE = "the database with every row in it";
const REPLICA = "a readable replica, with its name and its address";
const KEY = "the key, and with the key everything it has encrypted, backups too";
const SECRET = "the secret, and the address under which applications read it";
const NETWORK = "the network that the database lies in, so the database first";
const ENTRY = "the name under which applications reach the database";
const BACKUPS = "backups and archives, or the way they are made and kept";
const LOGS = "the logs kept so far";
const RIGHTS = "a right without which the data cannot be read or backed up";
const OBJECTS = "everything stored in it";
const DISK = "the data on the disk";

/**
 * What the gate (ops/gate) lets nobody replace or delete unnamed: what holds data, what data cannot be read or reached
 * without, of our component and of plain resources beside it. Whatever is under the engine's own `protect` counts, too.
 */
export const stateful: Readonly<Record<VendorName, Readonly<Record<StatefulResource, Loss>>>> = {
  aws: {
    "aws:rds/cluster:Cluster": DATABASE,
    "aws:rds/instance:Instance": DATABASE,
    "aws:rds/clusterInstance:ClusterInstance": DATABASE,
    "aws:rds/globalCluster:GlobalCluster": DATABASE,
    "aws:rds/snapshot:Snapshot": BACKUPS,
    "aws:rds/clusterSnapshot:ClusterSnapshot": BACKUPS,
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": BACKUPS,
    "aws:backup/vault:Vault": BACKUPS,
    "aws:backup/vaultPolicy:VaultPolicy": BACKUPS,
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": BACKUPS,
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": BACKUPS,
    "aws:kms/key:Key": KEY,
    "aws:kms/replicaKey:ReplicaKey": KEY,
    "aws:secretsmanager/secret:Secret": SECRET,
    "aws:ec2/vpc:Vpc": NETWORK,
    "aws:ec2/subnet:Subnet": NETWORK,
    "aws:rds/subnetGroup:SubnetGroup": NETWORK,
    "aws:rds/proxy:Proxy": ENTRY,
    "aws:cloudwatch/logGroup:LogGroup postgresql-log": LOGS,
    "aws:iam/role:Role archive": RIGHTS,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment archive": RIGHTS,
    "aws:s3/bucket:Bucket": OBJECTS,
    "aws:s3/bucketV2:BucketV2": OBJECTS,
    "aws:dynamodb/table:Table": OBJECTS,
    "aws:efs/fileSystem:FileSystem": OBJECTS,
    "aws:ebs/volume:Volume": DISK,
    "aws:ebs/snapshot:Snapshot": BACKUPS,
    "aws:ec2/instance:Instance": DISK,
  },
  alicloud: {
    "alicloud:rds/instance:Instance": DATABASE,
    "alicloud:rds/database:Database": DATABASE,
    "alicloud:rds/rdsCloneDbInstance:RdsCloneDbInstance": DATABASE,
    "alicloud:rds/rdsUpgradeDbInstance:RdsUpgradeDbInstance": DATABASE,
    "alicloud:polardb/cluster:Cluster": DATABASE,
    "alicloud:rds/readOnlyInstance:ReadOnlyInstance": REPLICA,
    "alicloud:rds/rdsAccount:RdsAccount": "the account that owns the tables, and its password",
    "alicloud:rds/account:Account": "the account that owns the tables, and its password",
    "alicloud:rds/rdsBackup:RdsBackup": BACKUPS,
    "alicloud:rds/backupPolicy:BackupPolicy": BACKUPS,
    "alicloud:rds/rdsInstanceCrossBackupPolicy:RdsInstanceCrossBackupPolicy": BACKUPS,
    "alicloud:hbr/vault:Vault": BACKUPS,
    "alicloud:kms/key:Key": KEY,
    "alicloud:kms/secret:Secret": SECRET,
    "alicloud:vpc/network:Network": NETWORK,
    "alicloud:vpc/switch:Switch": NETWORK,
    "alicloud:rds/rdsDbProxy:RdsDbProxy": ENTRY,
    "alicloud:log/project:Project": LOGS,
    "alicloud:log/store:Store": LOGS,
    "alicloud:ram/role:Role encryption": RIGHTS,
    "alicloud:ram/policy:Policy encryption": RIGHTS,
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment encryption": RIGHTS,
    "alicloud:oss/bucket:Bucket": OBJECTS,
    "alicloud:oss/bucketPolicy:BucketPolicy": "what keeps strangers away from the archive",
    "alicloud:oss/bucketPublicAccessBlock:BucketPublicAccessBlock": "what keeps strangers away from the archive",
    "random:index/randomId:RandomId archive": "the name of where the archives lie, so the archives themselves",
    "alicloud:nas/fileSystem:FileSystem": OBJECTS,
    "alicloud:ecs/disk:Disk": DISK,
    "alicloud:ecs/ecsDisk:EcsDisk": DISK,
    "alicloud:ecs/snapshot:Snapshot": BACKUPS,
    "alicloud:ecs/ecsSnapshot:EcsSnapshot": BACKUPS,
    "alicloud:ecs/instance:Instance": DISK,
  },
  local: {
    "localpg:index:Machine": "the cluster's folders and ports on this machine",
    "localpg:index:CertificateAuthority": "the authority by which applications know the servers",
    "localpg:index:Cluster": DATABASE,
    "localpg:index:ApplicationDatabase": DATABASE,
    "localpg:index:BackupRepository": BACKUPS,
    "localpg:index:EntryPoint": ENTRY,
  },
};

const everywhere = new Map(Object.values(stateful).flatMap((table) => Object.entries(table)));

/** What would be lost with a resource; undefined where nothing is. `name`: as in its URN. */
export function lossOf(type: string, name: string): Loss | undefined {
  const ofType = everywhere.get(type);
  if (ofType !== undefined) return ofType;
  for (const [which, loss] of everywhere) {
    const [token, end] = which.split(" ");
    if (token === type && end !== undefined && `-${name}`.endsWith(`-${end}`)) return loss;
  }
  return undefined;
}
