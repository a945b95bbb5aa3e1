import type { ResourcePurpose } from "./resources";

/**
 * Every type that `vendor: alicloud` registers. A type that is registered and not here, or here and never registered, fails
 * the generation of docs/alicloud.md: whoever adds a resource says what it is for.
 */
export const alicloudResources: Readonly<Record<string, ResourcePurpose>> = {
  "rds.Instance": {
    requirements: ["R1", "R2", "R4", "R6", "R12", "R17"],
    purpose: "The primary, with its standby in a second zone where high availability is asked for; its parameters",
  },
  "rds.ReadOnlyInstance": { requirements: ["R3"], purpose: "Each readable replica" },
  "rds.RdsDbProxy": { requirements: ["R5"], purpose: "The database proxy, where it is asked for" },
  "rds.RdsAccount": { requirements: ["R10", "R13"], purpose: "The administrator's account and the application's" },
  "rds.Database": { requirements: ["R10"], purpose: "The application's database" },
  "rds.AccountPrivilege": { requirements: ["R10"], purpose: "That the application owns it" },
  "rds.BackupPolicy": { requirements: ["R14"], purpose: "A backup every day, and the log between them" },
  "rds.RdsInstanceCrossBackupPolicy": {
    requirements: ["R14"],
    purpose: "Copies of all backups in another region, in place of the monthly dump",
  },
  "vpc.Network": { requirements: ["R11"], purpose: "The network, unless one is given" },
  "vpc.Switch": { requirements: ["R3", "R11"], purpose: "One in each zone, without a way to the internet" },
  "vpc.FlowLog": { requirements: ["R11"], purpose: "Who talked to whom" },
  "ecs.SecurityGroup": { requirements: ["R11"], purpose: "Of the functions: the database lets its members in" },
  "ecs.SecurityGroupRule": { requirements: ["R11"], purpose: "One for each way out that the functions need" },
  "kms.Key": { requirements: ["R12", "R14"], purpose: "Customer-managed, rotating: disks, backups, archives" },
  "kms.Alias": { requirements: ["R12"], purpose: "The keys' names" },
  "kms.Secret": { requirements: ["R13"], purpose: "The application's password, rotated by a KMS instance" },
  "ram.Role": { requirements: ["R12", "R13"], purpose: "What services do on the stack's behalf, each with its own" },
  "ram.Policy": { requirements: ["R12", "R13"], purpose: "... and only that" },
  "ram.RolePolicyAttachment": { requirements: ["R12", "R13"], purpose: "Which policy is whose" },
  "random.RandomPassword": { requirements: ["R13"], purpose: "The passwords, secret in the state" },
  "random.RandomId": { requirements: ["R14", "R15"], purpose: "What makes a name the only one of all accounts" },
  "fc.V3Function": {
    requirements: ["R10", "R12", "R14"],
    purpose: "Inside the VPC: sets up the application's database; dumps it into the archive",
  },
  "fc.V3Trigger": { requirements: ["R10", "R14"], purpose: "When they run" },
  "alicloudfc.Invocation": {
    requirements: ["R10", "R14"],
    purpose: "That `up` has the database set up, and `destroy` takes the last dump; of this project's own provider",
  },
  "oss.Bucket": { requirements: ["R14"], purpose: "Where dumps lie: encrypted, versioned, expiring" },
  "oss.BucketPublicAccessBlock": { requirements: ["R14"], purpose: "Nobody ever makes it public" },
  "oss.BucketPolicy": { requirements: ["R12", "R14"], purpose: "Nobody reads or writes it in plain text" },
  "log.Project": { requirements: ["R11", "R15"], purpose: "Where the stack's own logs lie" },
  "log.Store": { requirements: ["R11", "R15"], purpose: "The flow log and the functions' log, for a year" },
  "cms.Alarm": { requirements: ["R16"], purpose: "Every alert that CloudMonitor can measure, for each member" },
  "cms.AlarmContact": { requirements: ["R16"], purpose: "Each mail address and DingTalk robot" },
  "cms.AlarmContactGroup": { requirements: ["R16"], purpose: "All of them" },
  "cms.EventRule": { requirements: ["R16", "R17"], purpose: "Failures, failovers and maintenance are told" },
  "cms.MonitorGroup": { requirements: ["R15"], purpose: "The page that shows every member's figures" },
  "cms.MonitorGroupInstances": { requirements: ["R15"], purpose: "That these are the members" },
};
