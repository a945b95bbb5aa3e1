import { nearest } from "../spec/nearest";
import type { Spec } from "../spec/spec";
import { formatDuration, formatSize } from "../spec/units";
import { formatWindow } from "../spec/windows";
import { ADMINISTRATOR } from "./accounts";
import { certificateProblems } from "./certificates";
import {
  categoryOf,
  classes,
  findClass,
  type InstanceClass,
  MOST_GB,
  performanceLevels,
  readOnlyTwin,
  STEP_GB,
  smallestClass,
  storageGb,
} from "./classes";
import type { AlicloudOptions } from "./options";
import { passwordDayProblem } from "./passwordAge";
import { chosenRegionName, findRegion, type Region, regionProblem, zoneLetter } from "./regions";
import { RETENTION_DAYS } from "./retention";
import { backupHour } from "./windows";
import { chosenZones, LAST_LETTER, vpcCidrProblem } from "./zones";

/** What the rules look at. */
interface Subject {
  readonly spec: Spec;
  readonly options: AlicloudOptions;
  /** Absent: it is none, which is said apart. */
  readonly region?: Region;
  /** The primary's class; absent: none is named or fits. */
  readonly primary?: InstanceClass;
  readonly now: Date;
}

/** Says what is wrong, what is allowed and how to mend it; undefined: nothing is. */
type Rule = (subject: Subject) => string | undefined;

const DAY = 86_400;
/** An instance lets in the members of so many security groups, one of them of this program's own functions. */
const MOST_GROUPS = 3;
const OWN_GROUPS = 1;
/** The service's instances listen between these. */
const PORTS = { least: 1000, most: 5999 } as const;
/** KMS rotates the default key once a year, and keys of an instance that often at the least. */
const YEAR = 365 * DAY;
/** Tags a resource may have, beside the four of `Site.tags`. */
const MOST_TAGS = 20 - 4;
const LONGEST_TAG = 64;
const CROSS_REGION_DAYS = { least: 7, most: 1825 } as const;

const sizeOf = ({ vcpu, memory }: Pick<InstanceClass, "vcpu" | "memory">): string =>
  `${vcpu} vCPU, ${formatSize(memory)}`;
const isSmaller = (a: Pick<InstanceClass, "vcpu" | "memory">, b: Pick<InstanceClass, "vcpu" | "memory">): boolean =>
  a.vcpu < b.vcpu || a.memory < b.memory;

const engineRules: readonly Rule[] = [
  ({ spec: { engine } }) =>
    engine.version === String(engine.major)
      ? undefined
      : `engine.version is "${engine.version}": the service names minor versions by date and sells the newest alone; write "${engine.major}"`,
];

const storageRules: readonly Rule[] = [
  ({ spec }) =>
    storageGb(spec) % STEP_GB === 0
      ? undefined
      : `size.storage is ${formatSize(spec.size.storage)}: the service sells steps of ${STEP_GB}GB; write ${Math.ceil(storageGb(spec) / STEP_GB) * STEP_GB}GB`,
  ({ spec }) =>
    storageGb(spec) <= MOST_GB
      ? undefined
      : `size.storage is ${formatSize(spec.size.storage)}: an ESSD has at most ${MOST_GB}GB; write less`,
  ({ spec, options: { storage } }) => {
    const { leastGb } = performanceLevels[storage.performanceLevel];
    if (storageGb(spec) >= leastGb) return undefined;
    const others = Object.entries(performanceLevels).filter(([, other]) => storageGb(spec) >= other.leastGb);
    return `alicloud.storage.performanceLevel is ${storage.performanceLevel}: it needs ${leastGb}GB and size.storage is ${formatSize(spec.size.storage)}; raise size.storage, or take ${others.map(([name]) => name).join(" or ")}`;
  },
];

const classRules: readonly Rule[] = [
  ({ spec, options: { instanceClass }, primary }) =>
    instanceClass !== undefined || primary !== undefined
      ? undefined
      : `size asks for ${sizeOf(spec.size)}: no ${categoryOf(spec)} class has that${spec.encryption.atRest ? " and takes a key of yours" : ""}; ask for less, up to ${largest(spec)}`,
  ({ options: { instanceClass } }) => unknownClass("alicloud.instanceClass", instanceClass),
  ({ spec, options: { instanceClass }, primary }) => {
    if (instanceClass === undefined || !primary || primary.category === categoryOf(spec)) return undefined;
    const instead = smallestClass(spec)?.code;
    return `alicloud.instanceClass is "${primary.code}": it is ${primary.category}, and highAvailability is ${spec.highAvailability}, which takes ${categoryOf(spec)}; leave it out${instead === undefined ? "" : ` for ${instead}`}`;
  },
  ({ spec, options: { instanceClass }, primary }) =>
    instanceClass !== undefined && primary && isSmaller(primary, spec.size)
      ? `alicloud.instanceClass is "${primary.code}": it has ${sizeOf(primary)}, and size asks for ${sizeOf(spec.size)}; take a larger one, or lower size`
      : undefined,
  ({ spec, options: { instanceClass }, primary }) =>
    instanceClass !== undefined && primary?.family === "general" && spec.encryption.atRest
      ? `alicloud.instanceClass is "${primary.code}": general classes encrypt with the service's key alone, and encryption.atRest asks for one of yours (R12); leave it out for ${smallestClass(spec)?.code ?? "a dedicated one"}`
      : undefined,
  ({ options: { readOnlyClass } }) => unknownClass("alicloud.readOnlyClass", readOnlyClass),
  ({ spec, options: { readOnlyClass }, primary }) =>
    spec.replicas > 0 && readOnlyClass === undefined && primary && !readOnlyTwin(primary)
      ? `alicloud.readOnlyClass is left out: no read-only class is like ${primary.code} (${sizeOf(primary)}); name a larger one`
      : undefined,
  ({ options: { readOnlyClass }, primary }) => {
    const chosen = readOnlyClass === undefined ? undefined : findClass(readOnlyClass);
    if (!chosen || !primary) return undefined;
    const why = notForReaders(chosen, primary);
    const instead = readOnlyTwin(primary)?.code;
    return (
      why &&
      `alicloud.readOnlyClass is "${chosen.code}": ${why}; ${instead === undefined ? "name another" : `leave it out for ${instead}`}`
    );
  },
];

function unknownClass(at: string, code: string | undefined): string | undefined {
  if (code === undefined || findClass(code)) return undefined;
  const near = nearest(
    code,
    classes.map((one) => one.code),
  );
  return `${at} is "${code}": the service sells no such class for PostgreSQL on ESSDs; ${near === undefined ? "leave it out" : `did you mean ${near}?`}`;
}

function largest(spec: Spec): string {
  const biggest = classes
    .filter(({ category, onlyNamed }) => category === categoryOf(spec) && !onlyNamed)
    .reduce((a, b) => (b.vcpu > a.vcpu || (b.vcpu === a.vcpu && b.memory > a.memory) ? b : a));
  return sizeOf(biggest);
}

/** The service makes readers of the primary's family alone, and a smaller one would fall behind. */
function notForReaders(chosen: InstanceClass, primary: InstanceClass): string | undefined {
  if (chosen.category !== "ReadOnly") return "it is no read-only class";
  if (chosen.family !== primary.family)
    return `it is ${chosen.family}, and the primary's ${primary.code} is ${primary.family}`;
  if (isSmaller(chosen, primary)) return `it has ${sizeOf(chosen)}, less than the primary's ${sizeOf(primary)}`;
  return undefined;
}

const networkRules: readonly Rule[] = [
  ({ options: { network }, region }) => {
    const wrong = network.zones.filter((zone) => region && (zoneLetter(region, zone) ?? "~") > LAST_LETTER);
    if (!region || wrong.length === 0) return undefined;
    return `alicloud.network.zones names ${wrong.join(", ")}: no zone of ${region.name}; write ids such as ${region.zones.join(", ")}`;
  },
  ({ spec, options, region }) => {
    if (!region || !spec.highAvailability) return undefined;
    const zones = chosenZones(spec, options, region);
    if (zones.length >= 2) return undefined;
    const said =
      options.network.zones.length > 0
        ? `alicloud.network.zones names ${zones.join(", ")} alone`
        : `${region.name} is known to have one zone, ${zones.join(", ")}`;
    return `${said}: with highAvailability the standby is in another zone than the primary (R4); name two zones${options.network.zones.length > 0 ? "" : ", or take another region"}`;
  },
  ({ options: { network } }) => {
    if (network.vpcId !== undefined) return undefined;
    const problem = vpcCidrProblem(network.cidr);
    return problem && `alicloud.network.cidr: ${problem}`;
  },
  ({ options: { network } }) =>
    network.vpcId === undefined && network.vswitchIds.length > 0
      ? "alicloud.network.vswitchIds is set without alicloud.network.vpcId: name the VPC they are in, or leave them out"
      : undefined,
  ({ options: { network } }) =>
    network.vpcId !== undefined && (network.zones.length === 0 || network.zones.length !== network.vswitchIds.length)
      ? `alicloud.network.vpcId is set with ${network.vswitchIds.length} vswitchIds and ${network.zones.length} zones: name one vswitch for each zone, in the same order`
      : undefined,
];

const accessRules: readonly Rule[] = [
  ({ spec: { access } }) =>
    access.port >= PORTS.least && access.port <= PORTS.most
      ? undefined
      : `access.port is ${access.port}: the service's instances listen on a port from ${PORTS.least} to ${PORTS.most}; write one of these`,
  ({ spec: { access } }) => {
    const ipv6 = access.allowedCidrs.filter((cidr) => cidr.includes(":"));
    if (ipv6.length === 0) return undefined;
    return `access.allowedCidrs has ${ipv6.join(", ")}: the service's whitelists take IPv4 alone, and its instances have no IPv6 address; name the IPv4 networks`;
  },
  ({ spec: { access } }) =>
    access.allowedSecurityGroups.length <= MOST_GROUPS - OWN_GROUPS
      ? undefined
      : `access.allowedSecurityGroups has ${access.allowedSecurityGroups.length}: an instance takes ${MOST_GROUPS}, of which this program needs ${OWN_GROUPS}; name at most ${MOST_GROUPS - OWN_GROUPS}, or use access.allowedCidrs`,
  ({ spec: { access, replicas } }) =>
    replicas > 0 && access.allowedSecurityGroups.length > 0 && access.allowedCidrs.length === 0
      ? "access.allowedSecurityGroups is set without access.allowedCidrs: the service's read-only instances know no security groups, so nobody would reach the replicas; name the networks, too"
      : undefined,
  ({ spec: { access } }) =>
    /^[a-z][a-z0-9_]*[a-z0-9]$/.test(access.database)
      ? undefined
      : `access.database is "${access.database}": the service wants at least two letters, the last no _; choose another`,
  ({ spec: { access } }) =>
    /^(?!pg)[a-z][a-z0-9_]*[a-z0-9]$/.test(access.username)
      ? undefined
      : `access.username is "${access.username}": the service wants at least two letters, the last no _ and the first not pg; choose another`,
  ({ spec, options }) =>
    options.proxy && spec.replicas === 0
      ? "alicloud.proxy is true and replicas is 0: it parts reads from writes, and there is nobody to read from; leave it out"
      : undefined,
];

const backupRules: readonly Rule[] = [
  ({ spec: { backups } }) =>
    backups.retention >= RETENTION_DAYS.least * DAY
      ? undefined
      : `backups.retention is ${formatDuration(backups.retention)}: the service keeps backups from ${RETENTION_DAYS.least}d to ${RETENTION_DAYS.most}d; write such a duration`,
  ({ spec: { backups }, now }) =>
    backupHour(backups.window, now) === undefined
      ? `backups.window is ${formatWindow(backups.window)}: the service takes the backup in a full hour of UTC, and none is within it; move or widen it`
      : undefined,
  ({ spec: { backups }, options: { archive } }) =>
    archive.method === "crossRegion" && backups.archiveRetention > 0 && archive.region === undefined
      ? "alicloud.archive.method is crossRegion: name the other region in alicloud.archive.region"
      : undefined,
  ({ options: { archive } }) =>
    archive.method === "dump" && archive.region !== undefined
      ? `alicloud.archive.region is "${archive.region}": dumps stay in the database's own region; leave it out, or set alicloud.archive.method to crossRegion`
      : undefined,
  ({ options: { archive } }) =>
    archive.region !== undefined && findRegion(archive.region) === undefined
      ? `alicloud.archive.region is "${archive.region}": no known region; write one such as cn-shanghai`
      : undefined,
  ({ options: { archive }, region }) =>
    archive.region !== undefined && archive.region === region?.name
      ? `alicloud.archive.region is "${archive.region}", which is where the database is: name another region`
      : undefined,
  ({ options: { archive }, primary }) =>
    archive.method === "crossRegion" && primary?.family === "general"
      ? `alicloud.archive.method is crossRegion: the service copies no backups of general classes such as ${primary.code}; take a dedicated class, or dump`
      : undefined,
  ({ spec: { backups }, options: { archive } }) =>
    archive.method === "crossRegion" && backups.archiveRetention > CROSS_REGION_DAYS.most * DAY
      ? `backups.archiveRetention is ${formatDuration(backups.archiveRetention)}: copies in another region are kept from ${CROSS_REGION_DAYS.least}d to ${CROSS_REGION_DAYS.most}d; write less, or set alicloud.archive.method to dump`
      : undefined,
];

const encryptionRules: readonly Rule[] = [
  ({ spec }) =>
    spec.profile === "prod" && !spec.encryption.atRest
      ? "encryption.atRest is false: production's storage is encrypted with a key of yours (R12), and it cannot be switched on later; leave it out"
      : undefined,
  ({ spec, options: { encryption } }) => {
    const set = (["tde", "keyId", "roleArn"] as const).filter((name) => encryption[name] || false);
    if (spec.encryption.atRest || set.length === 0) return undefined;
    return `alicloud.encryption has ${set.join(", ")} and encryption.atRest is false: leave out one or the other`;
  },
  ({ spec: { encryption }, options }) => {
    const { keyId, kmsInstanceId } = options.encryption;
    if (keyId !== undefined) return undefined;
    const rotation = formatDuration(encryption.keyRotation);
    if (kmsInstanceId === undefined && encryption.keyRotation !== YEAR) {
      return `encryption.keyRotation is ${rotation}: KMS rotates an account's default key every ${formatDuration(YEAR)} and in no other rhythm; write that, or name a KMS instance in alicloud.encryption.kmsInstanceId`;
    }
    if (encryption.keyRotation > YEAR) {
      return `encryption.keyRotation is ${rotation}: KMS rotates keys every ${formatDuration(YEAR)} at the least; write at most that`;
    }
    return undefined;
  },
];

const labelRules: readonly Rule[] = [
  ({ spec: { tags } }) => {
    const long = Object.keys(tags).filter((name) => name.length > LONGEST_TAG);
    return long.length === 0
      ? undefined
      : `tags has a name of ${long[0]?.length} letters: the service takes ${LONGEST_TAG}; shorten it`;
  },
  ({ spec: { tags } }) => {
    const web = Object.entries(tags).filter((tag) => tag.some((text) => /^https?:\/\//i.test(text)));
    return web.length === 0
      ? undefined
      : `tags.${web[0]?.[0]}: neither name nor value may start with http:// or https://; leave that off`;
  },
  ({ spec: { tags } }) =>
    Object.keys(tags).length <= MOST_TAGS
      ? undefined
      : `tags has ${Object.keys(tags).length}: a resource takes 20, some of them this program's; name at most ${MOST_TAGS}`,
  // An address carries a token: which one it is is said by its place.
  ({ spec: { alerts } }) => {
    const wrong = alerts.contacts.flatMap((contact, index) => (isBrokenDingTalk(contact) ? [index] : []));
    if (wrong.length === 0) return undefined;
    return `alerts.contacts[${wrong.join("], alerts.contacts[")}]: on DingTalk's host, but no address of a robot; copy it from the robot's settings: https://oapi.dingtalk.com/robot/send?access_token= and 64 hexadecimal digits`;
  },
];

/** An address at DingTalk that no message would ever arrive at. */
function isBrokenDingTalk(contact: string): boolean {
  if (!/^https:\/\//.test(contact)) return false;
  const host = /^https:\/\/([^/?#:]*)/.exec(contact)?.[1]?.toLowerCase() ?? "";
  if (host !== "dingtalk.com" && !host.endsWith(".dingtalk.com")) return false;
  return !/^https:\/\/oapi\.dingtalk\.com\/robot\/send\?access_token=[0-9a-f]{64}$/i.test(contact);
}

const secretRules: readonly Rule[] = [
  ({ options, now }) => passwordDayProblem(options, now),
  ({ options }) => certificateProblems(options)[0],
  ({ spec: { access } }) =>
    access.username === ADMINISTRATOR
      ? `access.username is ${access.username}: the privileged account has that name; choose another`
      : undefined,
];

const rules: readonly Rule[] = [
  ...engineRules,
  ...storageRules,
  ...classRules,
  ...networkRules,
  ...accessRules,
  ...backupRules,
  ...encryptionRules,
  ...labelRules,
  ...secretRules,
];

/**
 * What the service cannot do, as sentences.
 * @param regionName the provider's
 * @param now whose offset from UTC counts for windows
 */
export function checkAlicloud(
  spec: Spec,
  options: AlicloudOptions,
  regionName: string | undefined = chosenRegionName(),
  now: Date = new Date(),
): readonly string[] {
  const wrongRegion = regionProblem(regionName);
  const region = regionName === undefined ? undefined : findRegion(regionName);
  const primary = options.instanceClass === undefined ? smallestClass(spec) : findClass(options.instanceClass);
  const subject = { spec, options, now, ...(region ? { region } : {}), ...(primary ? { primary } : {}) };
  const broken = rules.map((rule) => rule(subject)).filter((message) => message !== undefined);
  return wrongRegion === undefined ? broken : [wrongRegion, ...broken];
}
