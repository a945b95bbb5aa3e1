import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lost } from "./support/applied";
import { Cloud, REGION } from "./support/cloud";
import { AwsStack } from "./support/stack";

const NAME = "license-db-prod";
const found = (xml: string, tag: string): string => new RegExp(`<${tag}>(.*?)</${tag}>`).exec(xml)?.[1] ?? "";

/** As docs/aws.md tells it: a database that was there before the stack. */
describe("a database that exists already", () => {
  let cloud: Cloud;
  let stack: AwsStack;
  let key: string;
  beforeAll(async () => {
    cloud = await Cloud.start();
    const vpcId = found(await cloud.query("ec2", "CreateVpc", { CidrBlock: "10.8.0.0/16" }), "vpcId");
    const subnetIds = await Promise.all(
      ["a", "b", "c"].map(async (zone, index) => {
        const asked = { VpcId: vpcId, CidrBlock: `10.8.${index}.0/24`, AvailabilityZone: `${REGION}${zone}` };
        return found(await cloud.query("ec2", "CreateSubnet", asked), "subnetId");
      }),
    );
    const made = await cloud.json<{ KeyMetadata: { KeyId: string; Arn: string } }>("kms", "TrentService.CreateKey", {
      KeyUsage: "ENCRYPT_DECRYPT",
    });
    key = made.KeyMetadata.KeyId;
    await cloud.query("rds", "CreateDBSubnetGroup", {
      DBSubnetGroupName: "by-hand",
      DBSubnetGroupDescription: "by hand",
      ...Object.fromEntries(subnetIds.map((id, index) => [`SubnetIds.SubnetIdentifier.${index + 1}`, id])),
    });
    await cloud.query("rds", "CreateDBCluster", {
      DBClusterIdentifier: NAME,
      Engine: "postgres",
      EngineVersion: "15.16",
      DBClusterInstanceClass: "db.m6gd.xlarge",
      StorageType: "gp3",
      AllocatedStorage: "200",
      DatabaseName: "license_management",
      MasterUsername: "licensemaster",
      ManageMasterUserPassword: "true",
      DBSubnetGroupName: "by-hand",
      StorageEncrypted: "true",
      KmsKeyId: made.KeyMetadata.Arn,
      BackupRetentionPeriod: "7",
    });
    stack = await AwsStack.make("prod", cloud.url, { aws: { network: { vpcId, subnetIds } } });
  });
  afterAll(async () => {
    stack?.dispose();
    await cloud?.stop();
  });

  it("is taken up by import, without being replaced", async () => {
    const resource = (type: string, name: string, id: string) => ({ type, name: `${NAME}-${name}`, id, parent: NAME });
    const resources = [
      { type: "license-db:index:LicenseDbCluster", name: NAME, component: true },
      resource("aws:kms/key:Key", "data-key", key),
      resource("aws:rds/subnetGroup:SubnetGroup", "subnets", "by-hand"),
      resource("aws:rds/cluster:Cluster", "cluster", NAME),
    ];
    const file = join(stack.home, "adopt.json");
    writeFileSync(file, JSON.stringify({ resources }));
    const { code, output } = await stack.run("import", ["--file", file, "--generate-code=false", "--yes"]);
    expect(code, output).toBe(0);

    const { steps, errors } = await stack.preview();
    expect(errors).toEqual([]);
    expect(lost(steps)).toEqual([]);
    const adopted = steps.filter(({ resource }) =>
      /Cluster cluster$|SubnetGroup subnets$|Key data-key$/.test(resource),
    );
    expect(adopted.filter(({ op }) => op !== "update")).toEqual([]);
    // What differs is the stack's configuration being put in force.
    expect(adopted.find(({ resource }) => resource.startsWith("rds/cluster:"))?.because).toEqual(
      expect.arrayContaining(["backupRetentionPeriod", "deletionProtection", "iamDatabaseAuthenticationEnabled"]),
    );
    // Everything around it is made.
    expect(steps.filter(({ op }) => op === "create").length).toBeGreaterThan(70);
  });
});
