import * as vpc from "@pulumi/alicloud/vpc";
import * as pulumi from "@pulumi/pulumi";
import { createFunctionGroup } from "./securityGroups";
import type { Site } from "./site";
import { chosenZones, placementOf, vswitchCidr } from "./zones";

/** A subnet in one zone. */
export interface VSwitch {
  readonly id: pulumi.Output<string>;
  readonly zone: string;
}

/** R11: where the database lives, and who reaches it. */
export interface Network {
  readonly vpcId: pulumi.Output<string>;
  /** One in each zone, the primary's first; functions and the proxy may take any. */
  readonly vswitches: readonly VSwitch[];
  readonly primary: VSwitch;
  /** Only with high availability; in another zone than the primary's. */
  readonly standby?: VSwitch;
  /** Of each replica; several may share one. */
  readonly replicas: readonly VSwitch[];
  /**
   * The group whose members the instance lets in, beside those of `clientGroupIds`: this program's functions. (A security
   * group of RDS is no firewall in front of it but a list of members whose addresses it lets in.)
   */
  readonly securityGroupId: pulumi.Output<string>;
  /** The same group, for the functions that talk SQL to the database. */
  readonly functionGroupId: pulumi.Output<string>;
  /** With these the functions get to where they have to. */
  readonly functionReady: readonly pulumi.Resource[];
  /** Further groups whose members the spec lets in. Read-only instances know no groups. */
  readonly clientGroupIds: readonly string[];
  /** The blocks of the spec, for `securityIps`; empty: nobody. */
  readonly whitelist: readonly string[];
}

/** What the vswitches are in. */
interface Place {
  readonly vpcId: pulumi.Output<string>;
  readonly vswitches: readonly VSwitch[];
}

/** A VPC of its own, or the user's; the group of the functions; who is let in. */
export function createNetwork(site: Site): Network {
  const { spec, options, region } = site;
  const zones = chosenZones(spec, options, region);
  const place = existingPlace(site) ?? createVpc(site, zones);
  const inZone = (zone: string): VSwitch => {
    const found = place.vswitches.find((one) => one.zone === zone);
    if (!found) throw new Error(`there is no vswitch in ${zone}`);
    return found;
  };
  const placement = placementOf(spec, zones);
  const functions = createFunctionGroup(site, place.vpcId);
  return {
    ...place,
    primary: inZone(placement.primary),
    ...(placement.standby === undefined ? {} : { standby: inZone(placement.standby) }),
    replicas: placement.replicas.map(inZone),
    securityGroupId: functions.id,
    functionGroupId: functions.id,
    functionReady: functions.ways,
    clientGroupIds: spec.access.allowedSecurityGroups,
    whitelist: spec.access.allowedCidrs,
  };
}

function existingPlace({ options }: Site): Place | undefined {
  const { vpcId, vswitchIds, zones } = options.network;
  if (vpcId === undefined) return undefined;
  return {
    vpcId: pulumi.output(vpcId),
    vswitches: zones.map((zone, index) => ({ zone, id: pulumi.output(vswitchIds[index] ?? "") })),
  };
}

/**
 * A vswitch in each zone, without a gateway to the internet. VPC and vswitches are kept as the database is: a change that
 * replaces them would replace it, too.
 */
function createVpc(site: Site, zones: readonly string[]): Place {
  const { cidr } = site.options.network;
  const network = new vpc.Network(
    site.name("vpc"),
    {
      vpcName: site.name("vpc"),
      description: `Of the database ${site.spec.name}`,
      cidrBlock: cidr,
      tags: site.tags("vpc"),
    },
    site.kept(),
  );
  const vswitches = zones.map((zone) => {
    const name = `database-${zone}`;
    const vswitch = new vpc.Switch(
      site.name(name),
      {
        vswitchName: site.name(name),
        description: `Of the database ${site.spec.name} in ${zone}`,
        vpcId: network.id,
        zoneId: zone,
        cidrBlock: vswitchCidr(cidr, site.region, zone),
        tags: site.tags(name),
      },
      site.kept(),
    );
    return { id: vswitch.id, zone };
  });
  return { vpcId: network.id, vswitches };
}
