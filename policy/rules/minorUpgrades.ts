import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const minorUpgrades = resourceRule({
  id: "minor-upgrades",
  of: "database",
  requirements: ["R17"],
  severity: "low",
  title: "Minor versions are taken by the service, or reviewed every quarter.",
  protects: "Security fixes would never arrive.",
  mend: "Set autoMinorVersionUpgrade (AWS), autoUpgradeMinorVersion (Alibaba Cloud); or keep the setting `planned` and review.",
  controls: [
    "Security Hub RDS.13",
    "Security Hub RDS.35",
    "Checkov CKV_AWS_226",
    "Checkov CKV_ALI_30",
    "Prowler rds_instance_minor_version_upgrade_enabled",
    "Prowler rds_cluster_minor_version_upgrade_enabled",
  ],
  settings: {
    planned: {
      type: "boolean",
      default: true,
      description: "Whether people review minor versions every quarter (R17) and may leave the service out of it.",
    },
  },
  judge: ({ minorUpgrades }, { planned }) =>
    must(
      minorUpgrades,
      (by) => by === "automatic" || (planned && by === "manual"),
      () => "nobody takes minor versions",
    ),
});
