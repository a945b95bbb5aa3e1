import { ofItsOwn } from "./databases";
import { resourceRule } from "./rule";
import { all, mustBeTrue } from "./verdicts";

export const failover = resourceRule({
  id: "failover",
  of: "database",
  requirements: ["R3", "R4"],
  severity: "high",
  title: "A standby in another zone takes over by itself.",
  protects: "The loss of a zone is the loss of the service until somebody restores a backup.",
  mend: "Use a Multi-AZ cluster or set multiAz (AWS), category HighAvailability with a second zone (Alibaba Cloud).",
  controls: [
    "Security Hub RDS.5",
    "Security Hub RDS.15",
    "Checkov CKV_AWS_157",
    "Prowler rds_instance_multi_az",
    "Prowler rds_cluster_multi_az",
  ],
  softerInDev: "a development database may be away for as long as a restore takes",
  settings: {},
  judge: (database) =>
    ofItsOwn(
      database,
      all(
        mustBeTrue(database.failover, "no standby takes over"),
        mustBeTrue(database.multiZone, "all of it lies in one zone"),
      ),
    ),
});
