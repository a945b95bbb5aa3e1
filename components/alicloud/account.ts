import * as kms from "@pulumi/alicloud/kms";
import * as ram from "@pulumi/alicloud/ram";
import * as rds from "@pulumi/alicloud/rds";
import * as vpc from "@pulumi/alicloud/vpc";
import type { Spec } from "../spec/spec";
import type { KeyAnswer, Offer, RoleAnswer, VSwitchAnswer } from "./accountAnswers";
import { categoryOf, storageType } from "./classes";
import { ENCRYPTION_ROLE } from "./encryptionRole";
import type { AlicloudOptions } from "./options";
import type { Region } from "./regions";
import { chosenZones, placementOf } from "./zones";

/** The account's answers. */
export class Account {
  constructor(
    readonly spec: Spec,
    readonly options: AlicloudOptions,
    readonly region: Region,
  ) {}

  /** What is sold in the zones of the primary and its standby. */
  offers(): Promise<readonly Offer[]> {
    const { primary, standby } = placementOf(this.spec, chosenZones(this.spec, this.options, this.region));
    return Promise.all([primary, standby].filter((zone) => zone !== undefined).map((zone) => this.offer(zone)));
  }

  private async offer(zone: string): Promise<Offer> {
    const { instanceClasses } = await rds.getInstanceClasses({
      zoneId: zone,
      engine: "PostgreSQL",
      engineVersion: `${this.spec.engine.major}.0`,
      category: categoryOf(this.spec),
      dbInstanceStorageType: storageType(this.options),
      instanceChargeType: "PostPaid",
    });
    return { zone, classes: instanceClasses.map(({ instanceClass }) => instanceClass) };
  }

  /** RDS's role for keys. */
  async encryptionRole(): Promise<RoleAnswer | undefined> {
    const { roles } = await ram.getRoles({ nameRegex: `(?i)^${ENCRYPTION_ROLE}$` });
    return roles[0];
  }

  async vswitches(): Promise<readonly VSwitchAnswer[]> {
    const { vswitches } = await vpc.getSwitches({ ids: [...this.options.network.vswitchIds] });
    return vswitches.map(({ id, vpcId, zoneId }) => ({ id, vpcId, zone: zoneId }));
  }

  async key(id: string): Promise<KeyAnswer | undefined> {
    const { keys } = await kms.getKeys({ ids: [id], enableDetails: true });
    const found = keys[0];
    return found && { status: found.status, rotates: found.automaticRotation === "Enabled" };
  }
}
