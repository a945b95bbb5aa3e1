import type { Spec } from "../spec/spec";
import { hasCertificates } from "./certificates";
import { vpcCidrProblem } from "./cidrs";
import { classProblem } from "./classes";
import { LONGEST_USERNAME } from "./iamRole";
import { LOG_RETENTIONS } from "./logs";
import type { AwsOptions } from "./options";
import { parameterProblems } from "./parameters";
import { PROXY_PORT } from "./proxy";
import { findRegion, regions } from "./regions";
import { isReservedWord } from "./reservedWords";
import { storageProblems } from "./storage";
import { CLUSTER_REPLICAS, topologyOf } from "./topology";
import { versionProblem } from "./versions";

/** RDS's administrator: it is nobody's to log in as, and 1 to 16 letters or digits. */
export const MASTER_USERNAME = "licensemaster";

export interface Asked {
  readonly spec: Spec;
  readonly options: AwsOptions;
  /** The name of the region that is chosen; undefined: none is. */
  readonly region: string | undefined;
}

/** Says what is wrong and how to mend it; undefined where nothing is. */
type Rule = (asked: Asked) => string | undefined;

const DAY = 86_400;
/** Days. */
const LONGEST_RETENTION = 35;
/** RDS takes no port below. */
const LOWEST_PORT = 1150;

/** Zones that subnets must lie in. */
const zonesNeeded = (spec: Spec): number => (topologyOf(spec) === "cluster" ? 3 : 2);

const rules: readonly Rule[] = [
  ({ spec: { replicas } }) =>
    replicas === 0 || replicas === CLUSTER_REPLICAS
      ? undefined
      : `replicas is ${replicas}: an RDS Multi-AZ DB cluster always has ${CLUSTER_REPLICAS} readable replicas, and a single instance whose password RDS manages can have none; write ${CLUSTER_REPLICAS} or 0`,

  ({ region }) =>
    region === undefined
      ? "no region is chosen: set one, as in `pulumi config set aws:region eu-central-1`"
      : findRegion(region)
        ? undefined
        : `aws:region is ${region}, which is no known region: write one of ${regions.map(({ name }) => name).join(", ")}`,

  ({ region }) => {
    const known = findRegion(region ?? "");
    return known && !hasCertificates(known)
      ? `aws:region is ${known.name}, whose servers' certificates license-db cannot verify (the bundle it carries has none of that region): choose another region`
      : undefined;
  },

  // An existing VPC's subnets say themselves where they are.
  ({ spec, options: { network }, region }) => {
    const zones = findRegion(region ?? "")?.zones;
    const needed = zonesNeeded(spec);
    if (!zones || network.vpcId !== undefined || zones.length >= needed) return undefined;
    return `aws:region is ${region}, which has ${zones.length} zones that can hold all of it: ${needed} are needed; choose another region`;
  },

  ({ options: { network }, region }) => {
    const zones = findRegion(region ?? "")?.zones ?? network.zones;
    const foreign = network.zones.filter((zone) => !zones.includes(zone));
    if (foreign.length === 0) return undefined;
    return `aws.network.zones has ${foreign.join(", ")}: zones of ${region} are ${zones.join(", ")}; write some of these`;
  },

  ({ spec, options: { network } }) => {
    const needed = zonesNeeded(spec);
    if (network.zones.length === 0 || network.zones.length >= needed) return undefined;
    return `aws.network.zones has ${network.zones.length}: ${needed} zones are needed; add others, or leave it out`;
  },

  ({ options: { network } }) => {
    const problem = network.vpcId === undefined ? vpcCidrProblem(network.cidr) : undefined;
    return problem === undefined ? undefined : `aws.network.cidr: ${problem}`;
  },

  ({ spec, options: { network } }) => {
    const needed = zonesNeeded(spec);
    if (network.vpcId === undefined || network.subnetIds.length >= needed) return undefined;
    return `aws.network.vpcId is ${network.vpcId}, with ${network.subnetIds.length} subnets: write ${needed} ids, each of another zone, to aws.network.subnetIds`;
  },

  ({ options: { network } }) =>
    network.vpcId === undefined && network.subnetIds.length > 0
      ? "aws.network.subnetIds is set without aws.network.vpcId: write the VPC's id, too, or leave both out"
      : undefined,

  ({ options: { network } }) =>
    network.vpcId !== undefined && network.zones.length > 0
      ? "aws.network.zones is set with aws.network.vpcId: an existing VPC's subnets are in their zones already; leave it out"
      : undefined,

  ({ options: { network } }) =>
    network.vpcId === undefined && !network.secretsEndpoint
      ? "aws.network.secretsEndpoint is false: nobody else makes one in a VPC of the stack's own, and no password would rotate; leave it out"
      : undefined,

  ({ spec: { access }, options: { proxy } }) =>
    proxy && access.port !== PROXY_PORT
      ? `access.port is ${access.port}: RDS Proxy listens on ${PROXY_PORT} alone; write ${PROXY_PORT}, or set aws.proxy to false`
      : undefined,

  ({ spec: { access } }) =>
    access.port < LOWEST_PORT
      ? `access.port is ${access.port}: RDS takes ${LOWEST_PORT} to 65535; write 5432`
      : undefined,

  ({ spec: { access } }) => {
    const wrong = access.allowedSecurityGroups.filter((group) => !/^sg-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(group));
    if (wrong.length === 0) return undefined;
    return `access.allowedSecurityGroups has ${wrong.join(", ")}: an AWS security group's id is sg- and 8 or 17 of 0-9 and a-f; copy it from the group`;
  },

  ({ spec: { access } }) =>
    isReservedWord(access.database)
      ? `access.database is ${access.database}, a word of SQL, which RDS refuses as a name: write another, such as license_management`
      : undefined,

  ({ spec: { access } }) =>
    isReservedWord(access.username) || access.username === MASTER_USERNAME
      ? `access.username is ${access.username}, which ${access.username === MASTER_USERNAME ? "is the name of the administrator here" : "is a word of SQL"}: write another, such as license_app`
      : undefined,

  ({ spec: { access } }) =>
    access.username.length > LONGEST_USERNAME
      ? `access.username has ${access.username.length} letters: ${LONGEST_USERNAME} leave room for the name of its role for IAM authentication; shorten it`
      : undefined,

  ({ spec: { encryption } }) =>
    encryption.atRest
      ? undefined
      : "encryption.atRest is false: an RDS database that was made without encryption can never be encrypted later, and encryption costs nothing; leave it out",

  ({ spec: { backups } }) =>
    backups.retention > LONGEST_RETENTION * DAY
      ? `backups.retention is ${backups.retention / DAY} days: RDS keeps daily backups for at most ${LONGEST_RETENTION}; shorten it, and keep what is older in the archive (backups.archiveRetention)`
      : undefined,

  ({ spec, options: { backups } }) =>
    backups.copyRegion !== undefined && topologyOf(spec) === "cluster"
      ? "aws.backups.copyRegion is set: RDS copies neither backups nor snapshots of a Multi-AZ DB cluster to another region; leave it out, or set replicas to 0"
      : undefined,

  ({ options: { backups }, region }) => {
    const { copyRegion } = backups;
    if (copyRegion === undefined) return undefined;
    const [from, to] = [findRegion(region ?? ""), findRegion(copyRegion)];
    if (!to) return `aws.backups.copyRegion is ${copyRegion}, which is no known region: write another`;
    if (copyRegion === region) return `aws.backups.copyRegion is ${copyRegion}, where the database is: write another`;
    return from && from.partition !== to.partition
      ? `aws.backups.copyRegion is ${copyRegion}, which no backup of ${region} is copied to: write a region of the same partition`
      : undefined;
  },

  ({ spec, options: { backups } }) =>
    backups.vaultLock.enabled && spec.backups.archiveRetention === 0
      ? "aws.backups.vaultLock is enabled without an archive: set backups.archiveRetention, or leave the lock out"
      : undefined,

  ({ options: { logRetention } }) => {
    const days = logRetention / DAY;
    if (LOG_RETENTIONS.some((one) => one === days)) return undefined;
    const next = LOG_RETENTIONS.find((one) => one > days);
    return `aws.logRetention is ${days} days, which CloudWatch Logs does not know: write ${next === undefined ? "" : `${next}d, or another of `}${LOG_RETENTIONS.join(", ")} days`;
  },

  ({ spec }) => versionProblem(spec.engine, spec.maintenance.minorVersions),
  ({ spec, options }) => classProblem(spec, options),
];

/** Everything that is wrong at once. */
export const brokenRules = (asked: Asked): readonly string[] => [
  ...rules.map((rule) => rule(asked)).filter((problem) => problem !== undefined),
  ...storageProblems(asked.spec, asked.options),
  ...parameterProblems(asked.spec),
];
