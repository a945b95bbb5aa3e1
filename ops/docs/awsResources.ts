import type { ResourcePurpose } from "./resources";

/**
 * Every type that `vendor: aws` registers. A type that is registered and not here, or here and never registered, fails the
 * generation of docs/aws.md: whoever adds a resource says what it is for.
 */
export const awsResources: Readonly<Record<string, ResourcePurpose>> = {
  "rds.Cluster": {
    requirements: ["R1", "R2", "R3", "R4", "R12", "R14", "R17"],
    purpose: "The database with replicas: a writer and two readable standbys in three zones",
  },
  "rds.Instance": {
    requirements: ["R1", "R2", "R4", "R12", "R14", "R17"],
    purpose: "The database without replicas, with an unreadable standby where high availability is asked for",
  },
  "rds.ClusterParameterGroup": { requirements: ["R6", "R7", "R8", "R9", "R12"], purpose: "A cluster's parameters" },
  "rds.ParameterGroup": { requirements: ["R6", "R7", "R8", "R9", "R12"], purpose: "An instance's parameters" },
  "rds.SubnetGroup": { requirements: ["R3", "R11"], purpose: "The subnets members may lie in" },
  "rds.Proxy": { requirements: ["R5", "R10", "R12"], purpose: "The pooler in front; refuses connections without TLS" },
  "rds.ProxyDefaultTargetGroup": { requirements: ["R5"], purpose: "The pooler's figures" },
  "rds.ProxyTarget": { requirements: ["R5"], purpose: "Which database the pooler is in front of" },
  "rds.ProxyEndpoint": { requirements: ["R3", "R5"], purpose: "The pooler's way to the readable standbys" },
  "rds.EventSubscription": {
    requirements: ["R14", "R16", "R17"],
    purpose: "Failovers, failures, maintenance, backups and changes are told",
  },
  "rds.InstanceAutomatedBackupsReplication": {
    requirements: ["R14"],
    purpose: "An instance's backups in a second region",
  },
  "ec2.Vpc": { requirements: ["R11"], purpose: "The network, unless one is given" },
  "ec2.Subnet": { requirements: ["R3", "R11"], purpose: "One in each zone, without a way to the internet" },
  "ec2.RouteTable": { requirements: ["R11"], purpose: "The subnets' routes: none leaves the VPC" },
  "ec2.RouteTableAssociation": { requirements: ["R11"], purpose: "That these are the subnets' routes" },
  "ec2.DefaultSecurityGroup": { requirements: ["R11"], purpose: "The VPC's own group, emptied" },
  "ec2.SecurityGroup": { requirements: ["R11"], purpose: "Of the members, the proxy, the functions, the endpoint" },
  "vpc.SecurityGroupIngressRule": { requirements: ["R11"], purpose: "One for each who is let in" },
  "vpc.SecurityGroupEgressRule": {
    requirements: ["R11"],
    purpose: "One for each way out: proxy and functions need some",
  },
  "ec2.FlowLog": { requirements: ["R11"], purpose: "Who talked to whom" },
  "ec2.VpcEndpoint": { requirements: ["R11", "R13"], purpose: "The functions' way to Secrets Manager" },
  "kms.Key": { requirements: ["R12", "R13"], purpose: "Customer-managed, rotating: data, secrets, logs, archive" },
  "kms.Alias": { requirements: ["R12"], purpose: "The keys' names" },
  "secretsmanager.Secret": {
    requirements: ["R10", "R13"],
    purpose: "The application's password; RDS keeps the administrator's itself",
  },
  "secretsmanager.SecretRotation": { requirements: ["R13"], purpose: "When the passwords rotate" },
  "serverlessrepository.CloudFormationStack": {
    requirements: ["R13"],
    purpose: "AWS's published function that rotates the application's password",
  },
  "lambda.Function": {
    requirements: ["R10", "R13"],
    purpose: "Sets up the application's role and grants, inside the VPC",
  },
  "lambda.Invocation": { requirements: ["R10", "R13"], purpose: "Runs it, before what needs the role" },
  "iam.Role": {
    requirements: ["R13", "R14", "R15"],
    purpose: "What services do on the stack's behalf, each with its own",
  },
  "iam.RolePolicy": { requirements: ["R13"], purpose: "... and only that" },
  "iam.RolePolicyAttachment": {
    requirements: ["R14", "R15"],
    purpose: "AWS's own policies for monitoring and backups",
  },
  "iam.Policy": { requirements: ["R13"], purpose: "What an application attaches to connect with a token" },
  "random.RandomId": { requirements: ["R14"], purpose: "Names that no earlier stack's vault or final snapshot has" },
  "backup.Vault": { requirements: ["R14"], purpose: "Where archives lie" },
  "backup.VaultLockConfiguration": { requirements: ["R14"], purpose: "Nobody deletes an archive early" },
  "backup.VaultPolicy": { requirements: ["R14"], purpose: "Nobody deletes an archive who has not changed this first" },
  "backup.Plan": { requirements: ["R14"], purpose: "One archive a month, and how long it is kept" },
  "backup.Selection": { requirements: ["R14"], purpose: "That it is this database which is archived" },
  "cloudwatch.LogGroup": { requirements: ["R15"], purpose: "PostgreSQL's log, flow logs, functions' logs" },
  "cloudwatch.MetricAlarm": { requirements: ["R16"], purpose: "Every alert that CloudWatch can measure" },
  "cloudwatch.Dashboard": { requirements: ["R15"], purpose: "R15's six, with R16's limits" },
  "sns.Topic": { requirements: ["R16"], purpose: "Where alarms and events arrive" },
  "sns.TopicPolicy": { requirements: ["R16"], purpose: "Only this account's alarms and databases write there" },
  "sns.TopicSubscription": { requirements: ["R16"], purpose: "Each contact" },
};
