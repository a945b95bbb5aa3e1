import * as fc from "@pulumi/alicloud/fc";
import * as oss from "@pulumi/alicloud/oss";
import * as ram from "@pulumi/alicloud/ram";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Spec, Window } from "../spec/spec";
import { type Kind, toEnvironment } from "./archiver/asked";
import { archiverPackage } from "./archiver/package";
import { caCertificate } from "./certificates";
import type { Instances } from "./instances";
import type { Keys } from "./keys";
import { type Logs, writesLog } from "./logs";
import type { Network } from "./network";
import type { AlicloudOptions } from "./options";
import type { Secrets } from "./secrets";
import type { Site } from "./site";

/** R14: the dumps of the database, and what makes them. */
export interface Archive {
  readonly functionName: pulumi.Output<string>;
  readonly bucket: pulumi.Output<string>;
  /** With these the function can dump. */
  readonly ready: readonly pulumi.Resource[];
}

const DAY = 86_400;
/** Seconds: the most Function Compute lets an invocation take that nobody waits for. */
export const DUMP_TIMEOUT = 86_400;
/** Names of buckets are unique over all accounts, and have at most 63 letters. */
const LONGEST_NAME = 63;
/** Bytes, each of two letters. */
const SUFFIX = 4;
/** Days until the parts of an upload that never ended are cleared away. */
const BROKEN_UPLOAD = 3;

const MONTHLY: Kind = "monthly";

/** Whether dumps are taken at all: once a month, or at least before the database is deleted. */
export const hasDumps = ({ backups }: Pick<Spec, "backups">, { archive }: Pick<AlicloudOptions, "archive">): boolean =>
  archive.method === "dump" && (backups.archiveRetention > 0 || backups.finalBackup);

/**
 * On the first day of each month, when the daily backup starts: six fields, in the window's own time zone.
 * @returns "CRON_TZ=Europe/Berlin 0 30 1 1 * *"
 */
export const monthly = ({ start, timeZone }: Pick<Window, "start" | "timeZone">): string =>
  `CRON_TZ=${timeZone} 0 ${start % 60} ${Math.floor(start / 60)} 1 * *`;

/** The bucket, and the function that dumps the database into it from inside the VPC. */
export function createArchive(
  site: Site,
  network: Network,
  keys: Keys,
  instances: Instances,
  secrets: Secrets,
  logs: Logs,
): Archive {
  const { spec, region } = site;
  const { bucket, guards } = createBucket(site, keys);
  const { role, ready } = createRole(site, keys, bucket, logs);
  const code = archiverPackage(caCertificate(site.options), site.options.archive.client);
  const name = site.name("archive");
  const archiver = new fc.V3Function(
    name,
    {
      functionName: name,
      description: `Dumps the database of ${spec.name} to ${MONTHLY}/ and final/ of its archive's bucket`,
      role: role.arn,
      runtime: "nodejs20",
      handler: "index.handler",
      // Long, and in no preview's text: it is secret only for that. As an object of a bucket it would be in no state, but
      // whether Function Compute reads from one that is encrypted with an own key and refuses plain text is documented
      // nowhere, and what archives must not depend on that.
      code: { zipFile: pulumi.secret(code.zip) },
      timeout: DUMP_TIMEOUT,
      cpu: 1,
      memorySize: 1024,
      diskSize: 512,
      instanceConcurrency: 1,
      internetAccess: false,
      vpcConfig: {
        vpcId: network.vpcId,
        vswitchIds: network.vswitches.map(({ id }) => id),
        securityGroupId: network.functionGroupId,
      },
      logConfig: { project: logs.project, logstore: logs.functions, enableRequestMetrics: true },
      environmentVariables: pulumi
        .all([instances.writer, secrets.administrator.password, bucket.bucket])
        .apply(([{ host, port }, password, name]) => ({
          ...toEnvironment({
            host,
            port: String(port),
            database: spec.access.database,
            username: secrets.administrator.username,
            password,
            bucket: name ?? "",
            region: `oss-${region.name}`,
            endpoint: `https://oss-${region.name}-internal.aliyuncs.com`,
          }),
          // For whoever looks at the function: its code says nothing of where it comes from.
          ARCHIVER_VERSION: code.version,
        })),
      tags: site.tags("archive"),
    },
    site.child({
      dependsOn: [...ready, ...secrets.ready],
      additionalSecretOutputs: ["environmentVariables"],
    }),
  );
  if (spec.backups.archiveRetention > 0) {
    new fc.V3Trigger(
      name,
      {
        functionName: archiver.functionName,
        triggerName: MONTHLY,
        triggerType: "timer",
        qualifier: "LATEST",
        triggerConfig: JSON.stringify({ cronExpression: monthly(spec.backups.window), enable: true, payload: MONTHLY }),
      },
      site.child(),
    );
  }
  return {
    functionName: archiver.functionName.apply((made) => made ?? ""),
    bucket: bucket.bucket.apply((made) => made ?? ""),
    ready: [archiver, ...guards],
  };
}

interface GuardedBucket {
  readonly bucket: oss.Bucket;
  readonly guards: readonly pulumi.Resource[];
}

/** It outlives the stack, with all that guards it: archives are what is left when everything else is gone. */
function createBucket(site: Site, keys: Keys): GuardedBucket {
  const { archiveRetention } = site.spec.backups;
  const stays = { retainOnDelete: true };
  const suffix = new random.RandomId(site.name("archive"), { byteLength: SUFFIX }, site.kept(stays));
  const days = archiveRetention / DAY;
  const bucket = new oss.Bucket(
    site.name("archive"),
    {
      bucket: pulumi.interpolate`${site.name("archive").slice(0, LONGEST_NAME - 1 - 2 * SUFFIX)}-${suffix.hex}`,
      storageClass: "Standard",
      versioning: { status: "Enabled" },
      serverSideEncryptionRule: { sseAlgorithm: "KMS", kmsMasterKeyId: keys.archive.id },
      lifecycleRules: [
        ...(archiveRetention > 0
          ? [
              {
                id: MONTHLY,
                prefix: `${MONTHLY}/`,
                enabled: true,
                expirations: [{ days }],
                // Of those that somebody deleted or wrote over: they stay as long, too.
                noncurrentVersionExpirations: [{ days }],
              },
            ]
          : []),
        { id: "broken-uploads", prefix: "", enabled: true, abortMultipartUploads: [{ days: BROKEN_UPLOAD }] },
      ],
      lifecycleRuleAllowSameActionOverlap: true,
      forceDestroy: false,
      tags: site.tags("archive"),
    },
    site.kept(stays),
  );
  const name = bucket.bucket.apply((made) => made ?? "");
  const blocked = new oss.BucketPublicAccessBlock(
    site.name("archive"),
    { bucket: name, blockPublicAccess: true },
    site.kept(stays),
  );
  const policy = new oss.BucketPolicy(
    site.name("archive"),
    { bucket: name, policy: pulumi.jsonStringify(tlsOnly(name)) },
    site.kept({ ...stays, dependsOn: [blocked] }),
  );
  return { bucket, guards: [blocked, policy] };
}

/** Nobody reads or writes in plain text; who may at all is RAM's to say. */
export const tlsOnly = (bucket: pulumi.Input<string>) => ({
  Version: "1",
  Statement: [
    {
      Effect: "Deny",
      Action: ["oss:*"],
      Principal: ["*"],
      Resource: [pulumi.interpolate`acs:oss:*:*:${bucket}`, pulumi.interpolate`acs:oss:*:*:${bucket}/*`],
      Condition: { Bool: { "acs:SecureTransport": ["false"] } },
    },
  ],
});

interface FunctionRole {
  readonly role: ram.Role;
  readonly ready: readonly pulumi.Resource[];
}

/** It writes dumps and reads them back, and deletes none. */
function createRole(site: Site, keys: Keys, bucket: oss.Bucket, logs: Logs): FunctionRole {
  const name = site.name("archive");
  const role = new ram.Role(
    name,
    {
      roleName: name,
      description: `Archives the database of ${site.spec.name}`,
      assumeRolePolicyDocument: JSON.stringify({
        Version: "1",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: ["fc.aliyuncs.com"] } }],
      }),
      tags: site.tags("archive"),
    },
    site.child(),
  );
  const policy = new ram.Policy(
    name,
    {
      policyName: name,
      description: `What the archiving of ${site.spec.name} needs`,
      policyDocument: pulumi.jsonStringify(
        archiverPolicy(
          bucket.bucket.apply((made) => made ?? ""),
          keys.archive.arn,
          logs,
        ),
      ),
      rotateStrategy: "DeleteOldestNonDefaultVersionWhenLimitExceeded",
      tags: site.tags("archive"),
    },
    site.child(),
  );
  const attach = (what: string, policyType: string, policyName: pulumi.Input<string>) =>
    new ram.RolePolicyAttachment(site.name(what), { roleName: role.roleName, policyType, policyName }, site.child());
  return {
    role,
    ready: [
      attach(
        "archive",
        "Custom",
        policy.policyName.apply((made) => made ?? ""),
      ),
      // What Function Compute asks for to put a function into a VPC.
      attach("archive-network", "System", "AliyunECSNetworkInterfaceManagementAccess"),
    ],
  };
}

export const archiverPolicy = (bucket: pulumi.Input<string>, keyArn: pulumi.Input<string>, logs: Logs) => ({
  Version: "1",
  Statement: [
    {
      Effect: "Allow",
      Action: ["oss:PutObject", "oss:GetObject", "oss:AbortMultipartUpload", "oss:ListParts"],
      Resource: ["monthly", "final"].map((kind) => pulumi.interpolate`acs:oss:*:*:${bucket}/${kind}/*`),
    },
    { Effect: "Allow", Action: ["kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"], Resource: [keyArn] },
    writesLog(logs),
  ],
});
