import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const copiesTags = resourceRule({
  id: "copies-tags",
  of: "database",
  requirements: ["R14"],
  severity: "low",
  title: "Snapshots have the tags of their database.",
  protects: "Nobody knows whose an untagged snapshot is, so nobody deletes or keeps it.",
  mend: "Set copyTagsToSnapshot.",
  controls: [
    "Security Hub RDS.16",
    "Security Hub RDS.17",
    "Security Hub RDS.47",
    "Checkov CKV_AWS_313",
    "Checkov CKV2_AWS_60",
    "Prowler rds_cluster_copy_tags_to_snapshots",
    "Prowler rds_instance_copy_tags_to_snapshots",
  ],
  settings: {},
  remedy: {
    "aws:rds/cluster:Cluster": { copyTagsToSnapshot: true },
    "aws:rds/instance:Instance": { copyTagsToSnapshot: true },
    "aws:rds/clusterInstance:ClusterInstance": { copyTagsToSnapshot: true },
  },
  judge: ({ copiesTags }) => mustBeTrue(copiesTags, "snapshots do not get the database's tags"),
});
