import type { AlicloudOptions } from "./options";

/** Where a class is on sale. */
export interface Offer {
  readonly zone: string;
  /** Codes of all classes that are sold there. */
  readonly classes: readonly string[];
}

export interface RoleAnswer {
  readonly arn: string;
  readonly description: string;
}

export interface VSwitchAnswer {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
}

export interface KeyAnswer {
  readonly status: string;
  readonly rotates: boolean;
}

/** Zones that do not have the class. */
export function offerProblems(instanceClass: string, offers: readonly Offer[]): readonly string[] {
  const without = offers.filter(({ classes }) => !classes.includes(instanceClass)).map(({ zone }) => zone);
  if (without.length === 0) return [];
  return [
    `${instanceClass} is not on sale in ${without.join(", ")}: name other zones in license-db:alicloud.network.zones, or another class in license-db:alicloud.instanceClass`,
  ];
}

/**
 * The role that RDS uses keys as: an account has it once, so a stack that makes it must be the first, and one that is
 * told of it must find it.
 * @param found of that name, in the account
 * @param ours the description of the role that this stack made
 */
export function roleProblems(
  { roleArn }: AlicloudOptions["encryption"],
  found: RoleAnswer | undefined,
  ours: string,
): readonly string[] {
  if (roleArn === undefined) {
    if (found === undefined || found.description === ours) return [];
    return [`the account has RDS's role for keys already: set license-db:alicloud.encryption.roleArn to ${found.arn}`];
  }
  if (found && found.arn.toLowerCase() === roleArn.toLowerCase()) return [];
  return [
    `alicloud.encryption.roleArn is "${roleArn}", and the account has ${found?.arn ?? "no such role"}: ${found ? "write that" : "leave it out, and it is made"}`,
  ];
}

/** The existing vswitches against the zones they are said to be in. */
export function vswitchProblems(
  { vpcId, vswitchIds, zones }: AlicloudOptions["network"],
  found: readonly VSwitchAnswer[],
): readonly string[] {
  return vswitchIds.flatMap((id, index) => {
    const vswitch = found.find((one) => one.id === id);
    if (!vswitch) return [`alicloud.network.vswitchIds has ${id}: the account has no such vswitch in ${vpcId}`];
    if (vswitch.vpcId !== vpcId)
      return [`alicloud.network.vswitchIds has ${id}: it is in ${vswitch.vpcId}, not in ${vpcId}`];
    if (vswitch.zone === zones[index]) return [];
    return [
      `alicloud.network.vswitchIds has ${id}: it is in ${vswitch.zone}; write that in its place of alicloud.network.zones`,
    ];
  });
}

/** The existing key: usable, and rotating (R12). */
export function keyProblems(id: string, found: KeyAnswer | undefined): readonly string[] {
  if (!found) return [`alicloud.encryption.keyId is "${id}": the account has no such key in this region`];
  if (found.status !== "Enabled")
    return [`alicloud.encryption.keyId is "${id}": the key is ${found.status}; enable it`];
  return found.rotates
    ? []
    : [`alicloud.encryption.keyId is "${id}": the key does not rotate (R12); switch its rotation on`];
}
