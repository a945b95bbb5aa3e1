import type { Fact } from "./fact";
import type { Reference } from "./resource";

export type VendorName = "aws" | "alicloud" | "local";

/** Numbers as they were given: what is no finite number ("15", NaN) stays what it is, and no rule takes it for one. */
export type Figure = unknown;

/** What every fact has: whose it is. */
export interface Owned {
  readonly vendor: VendorName;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/** A PostgreSQL server or cluster of them. R1 to R4, R11 to R17. */
export interface Database extends Owned {
  readonly kind: "database";
  /**
   * "cluster": primary and readable replicas in one; "primary": one server, with or without a standby; "replica": reads
   * only, follows another resource; "member": of a cluster resource, with little of its own.
   */
  readonly role: "cluster" | "primary" | "replica" | "member";
  /** "postgres" or the vendor's spelling of it, lower case; a database of another engine is none of this pack's business. */
  readonly engine: Fact<string>;
  /** "15", "15.15". */
  readonly version: Fact<string>;
  readonly storageEncrypted: Fact<boolean>;
  /** The key of the storage; absent: the vendor's own, or none. */
  readonly storageKey: Fact<Reference>;
  /** The key of the query figures that the vendor keeps. */
  readonly insightsKey: Fact<Reference>;
  readonly insightsEnabled: Fact<boolean>;
  /** Seconds between figures of the operating system; 0: none. */
  readonly monitoringInterval: Fact<Figure>;
  /** Full backups, days; the vendor's default where documented. */
  readonly backupDays: Fact<Figure>;
  /** Recovery to a point in time, days. */
  readonly recoveryDays: Fact<Figure>;
  /** Kept when the database goes. */
  readonly backupsOutlive: Fact<boolean>;
  /** Whether a last backup is taken before a deletion. */
  readonly finalBackup: Fact<boolean>;
  readonly finalBackupName: Fact<string>;
  readonly deletionProtection: Fact<boolean>;
  /** A public address. */
  readonly public: Fact<boolean>;
  /** Subnets (or the vendor's word for where it lies). */
  readonly subnets: Fact<Reference>;
  readonly networkGroups: Fact<readonly Reference[]>;
  /** Of the volume, and of one member's memory; bytes. */
  readonly storageBytes: Fact<Figure>;
  readonly memoryBytes: Fact<Figure>;
  /** Members that can be read, the primary left out, where the resource alone says so. */
  readonly readableReplicas: Fact<Figure>;
  /** More than one zone. */
  readonly multiZone: Fact<boolean>;
  /** A standby takes over by itself. */
  readonly failover: Fact<boolean>;
  readonly port: Fact<Figure>;
  readonly adminName: Fact<string>;
  /** The vendor makes, keeps and rotates the administrator's password. */
  readonly adminPasswordManaged: Fact<boolean>;
  /** A password stands in the program. */
  readonly passwordGiven: Fact<boolean>;
  readonly passwordKey: Fact<Reference>;
  /** Login by cloud identity. */
  readonly identityLogin: Fact<boolean>;
  /** Clients can speak TLS to it at all; lacking where they always can. */
  readonly tlsOffered: Fact<boolean>;
  /** Plain text connections are refused by the resource itself; where parameters do it: lacking. */
  readonly tlsForced: Fact<boolean>;
  /** Nobody gets in without a password that is not sent in plain text, or a certificate; lacking where the vendor sees to it. */
  readonly asksWho: Fact<boolean>;
  /** Certificates vouch for it: the authority's name. */
  readonly authority: Fact<string>;
  /** Logs that leave the server. */
  readonly logs: Fact<readonly string[]>;
  readonly auditEnabled: Fact<boolean>;
  readonly minorUpgrades: Fact<"automatic" | "manual">;
  readonly majorUpgradeAllowed: Fact<boolean>;
  readonly copiesTags: Fact<boolean>;
  readonly tags: Fact<Readonly<Record<string, unknown>>>;
  /** UTC, as the vendor writes it: "sat:18:00-sat:20:00", or daily "17:00-18:00". */
  readonly maintenanceWindow: Fact<string>;
  readonly backupWindow: Fact<string>;
  /** Its parameter group; or, where parameters stand in the resource itself, lacking (they are facts of their own). */
  readonly parameterGroup: Fact<Reference>;
  /** Of a replica or member: what it belongs to. */
  readonly source: Fact<Reference>;
}

/** PostgreSQL parameters that a resource sets. R6 to R9, R12. */
export interface Parameters extends Owned {
  readonly kind: "parameters";
  /** "postgres15". */
  readonly family: Fact<string>;
  /** By name, as sent; unknown as a whole where a name is. */
  readonly values: Fact<Readonly<Record<string, Fact<string>>>>;
  /** What the vendor calls switches this pack asks about; lacking where it has none. Values that mean "yes", lower case. */
  readonly switches: Readonly<
    Record<
      "forceTls" | "scram" | "logConnections" | "logDisconnections" | "logDuration" | "logStatement" | "archivesWal",
      Fact<boolean>
    >
  >;
}

/** What stands in front of the database. R5, R12. */
export interface DatabaseProxy extends Owned {
  readonly kind: "proxy";
  readonly tlsRequired: Fact<boolean>;
  /** It takes clients' passwords by SCRAM. */
  readonly scram: Fact<boolean>;
  /** Statements in its log, parameters and all. */
  readonly debugLogging: Fact<boolean>;
  readonly networkGroups: Fact<readonly Reference[]>;
  readonly public: Fact<boolean>;
  /** Where its passwords come from. */
  readonly secrets: Fact<readonly Reference[]>;
}

/** A key. R12. */
export interface Key extends Owned {
  readonly kind: "key";
  /** "symmetric" ones rotate by themselves. */
  readonly symmetric: Fact<boolean>;
  readonly enabled: Fact<boolean>;
  readonly rotates: Fact<boolean>;
  readonly rotationDays: Fact<Figure>;
  /** Days in which a deletion can be called off. */
  readonly deletionWindowDays: Fact<Figure>;
  readonly deletionProtection: Fact<boolean>;
  readonly policy: Fact<Document>;
}

/** A policy in the vendor's JSON, read. */
export interface Document {
  readonly statements: readonly Statement[];
}
export interface Statement {
  readonly effect: string;
  /** "*" for everybody; "" none, as in policies of identities. Flat: "arn:...", "rds.amazonaws.com". */
  readonly principals: readonly string[];
  readonly notPrincipal: boolean;
  readonly actions: readonly string[];
  readonly notAction: boolean;
  readonly resources: readonly string[];
  /** All must hold. */
  readonly conditions: readonly Condition[];
}
/** Of a policy's statement. Lower case: "stringequals", "aws:sourceaccount". */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** Who is let through where. R11. */
export interface NetworkRule extends Owned {
  readonly kind: "networkRule";
  readonly direction: "in" | "out";
  /** CIDR blocks; whoever is named by group is not here. */
  readonly cidrs: Fact<readonly string[]>;
  /** Security groups or prefix lists. */
  readonly peers: Fact<boolean>;
  /** "tcp", "-1" for all. */
  readonly protocol: Fact<string>;
  readonly fromPort: Fact<Figure>;
  readonly toPort: Fact<Figure>;
  readonly description: Fact<string>;
  /** The group it belongs to; of an inline rule, its own resource. */
  readonly group: Fact<Reference>;
  /** The rule lets to a database straight, as the vendor's whitelists do, rather than to a group. */
  readonly database: boolean;
}

export interface NetworkGroup extends Owned {
  readonly kind: "networkGroup";
  readonly description: Fact<string>;
  readonly vpc: Fact<Reference>;
  /** The group every VPC comes with. */
  readonly isDefault: boolean;
  /** What no rule speaks of is let out. */
  readonly opensOutwards: Fact<boolean>;
}

/** Who is turned away where: rules that refuse. */
export interface NetworkRefusal extends Owned {
  readonly kind: "networkRefusal";
  readonly direction: "in" | "out";
  /** Everybody, on every port and by every protocol. */
  readonly whole: Fact<boolean>;
  readonly group: Fact<Reference>;
}

/** A VPC or what the vendor calls it. */
export interface Network extends Owned {
  readonly kind: "network";
  /** Comes with a security group of its own; lacking where it does not. */
  readonly defaultGroup: Fact<boolean>;
}

export interface Subnet extends Owned {
  readonly kind: "subnet";
  readonly network: Fact<Reference>;
  readonly zone: Fact<string>;
  /** Gives public addresses by itself. */
  readonly publicAddresses: Fact<boolean>;
}

/** A set of subnets that a database may lie in. */
export interface SubnetGroup extends Owned {
  readonly kind: "subnetGroup";
  /** How many there are. */
  readonly count: Fact<number>;
  readonly subnets: Fact<readonly Reference[]>;
}

/** A way from a network to anywhere. */
export interface Route extends Owned {
  readonly kind: "route";
  readonly destination: Fact<string>;
  /** Straight to the internet and back: an internet gateway. */
  readonly toInternet: Fact<boolean>;
}

export interface FlowLog extends Owned {
  readonly kind: "flowLog";
  readonly network: Fact<Reference>;
  /** "ALL", "REJECT", "ACCEPT". */
  readonly traffic: Fact<string>;
}

/** How often a copy is made and how long it is kept, where that is a resource of its own. R14. */
export interface BackupPlan extends Owned {
  readonly kind: "backupPlan";
  /** What it covers, where the plan itself says so; else {@link BackupCoverage}. */
  readonly of: Fact<Reference>;
  readonly schedules: Fact<readonly BackupSchedule[]>;
  readonly vault: Fact<Reference>;
  /** Its backups stay when the database goes. */
  readonly outlives: Fact<boolean>;
}
export type Frequency = "day" | "week" | "month" | "other";
export interface BackupSchedule {
  /** As the vendor writes it. */
  readonly when: Fact<string>;
  readonly every: Fact<Frequency>;
  readonly keptDays: Fact<Figure>;
  /** Recovery to a point in time. */
  readonly continuous: Fact<boolean>;
  readonly vault: Fact<Reference>;
}
export interface BackupCoverage extends Owned {
  readonly kind: "backupCoverage";
  readonly plan: Fact<Reference>;
  readonly covers: Fact<readonly Reference[]>;
}

/** Where backups lie. */
export interface Vault extends Owned {
  readonly kind: "vault";
  readonly encrypted: Fact<boolean>;
  readonly key: Fact<Reference>;
  /** Goes with all that is in it. */
  readonly forceDestroy: Fact<boolean>;
  /** Where the place itself says how long; else the plan does, or its lock. */
  readonly keptDays: Fact<Figure>;
}

/** A snapshot, or a copy of one. */
export interface Snapshot extends Owned {
  readonly kind: "snapshot";
  readonly sharedWith: Fact<readonly string[]>;
  readonly encrypted: Fact<boolean>;
}

export type Watch = "cpu" | "memory" | "disk" | "replicationLag";
/** R16. */
export interface Alarm extends Owned {
  readonly kind: "alarm";
  /** Which of R16's it is; absent: another. */
  readonly watches: Fact<Watch>;
  /** The metric, as the vendor calls it. */
  readonly metric: Fact<string>;
  readonly enabled: Fact<boolean>;
  /** Percent used, or seconds, above which it fires; lacking where the vendor counts what is free. */
  readonly above: Fact<Figure>;
  /** Bytes free, below which it fires; lacking where the vendor counts what is used. */
  readonly below: Fact<Figure>;
  /** Fires in the direction that is bad. */
  readonly direction: Fact<boolean>;
  /** Seconds it must last. */
  readonly lasts: Fact<Figure>;
  readonly tells: Fact<readonly Reference[]>;
  /** It posts to somebody by itself, whoever its targets reach. */
  readonly tellsItself: Fact<boolean>;
  /** The database it watches. */
  readonly of: Fact<readonly Reference[]>;
}

/** Where alarms go: a topic, a contact group. */
export interface AlertTarget extends Owned {
  readonly kind: "alertTarget";
  /** A person or machine behind it; lacking where subscriptions are resources of their own. */
  readonly reaches: Fact<number>;
  readonly encrypted: Fact<boolean>;
  readonly key: Fact<Reference>;
  readonly policy: Fact<Document>;
}
/** Somebody who is told. */
export interface AlertContact extends Owned {
  readonly kind: "alertContact";
  readonly target: Fact<Reference>;
  readonly protocol: Fact<string>;
  /** Whether there is an address; not the address, which may carry a token. */
  readonly address: Fact<boolean>;
}

/** The vendor's own news about a database. */
export interface EventSubscription extends Owned {
  readonly kind: "eventSubscription";
  readonly enabled: Fact<boolean>;
  /** "database", "cluster", "parameters", "network", "proxy"; "all" where nothing narrows it. */
  readonly about: Fact<string>;
  /** The databases it is about; absent: all of the account's. */
  readonly of: Fact<readonly Reference[]>;
  /** Absent: all. */
  readonly categories: Fact<readonly string[]>;
  readonly tells: Fact<readonly Reference[]>;
  /** As an alarm's. */
  readonly tellsItself: Fact<boolean>;
}

/** R13. */
export interface Secret extends Owned {
  readonly kind: "secret";
  readonly key: Fact<Reference>;
  /** Days in which a deletion can be called off; 0: none. */
  readonly recoveryDays: Fact<Figure>;
  readonly policy: Fact<Document>;
}
/** A secret's content given by the program. */
export interface SecretValue extends Owned {
  readonly kind: "secretValue";
  readonly secret: Fact<Reference>;
  /** Plain text stands in the program's inputs. */
  readonly given: Fact<boolean>;
}
export interface SecretRotation extends Owned {
  readonly kind: "secretRotation";
  readonly secret: Fact<Reference>;
  readonly days: Fact<Figure>;
}
/** A database account with a password. */
export interface Account extends Owned {
  readonly kind: "account";
  readonly accountName: Fact<string>;
  readonly superuser: Fact<boolean>;
  readonly database: Fact<Reference>;
  readonly passwordGiven: Fact<boolean>;
}

/** R15. */
export interface LogGroup extends Owned {
  readonly kind: "logGroup";
  readonly key: Fact<Reference>;
  /** 0 or absent: for ever. */
  readonly keptDays: Fact<Figure>;
  /** Whoever knows its address writes into it. */
  readonly publicWrites: Fact<boolean>;
}

/** Who did what in SQL, where the vendor keeps that apart from the logs. */
export interface Audit extends Owned {
  readonly kind: "audit";
  readonly of: Fact<Reference>;
  readonly keptDays: Fact<Figure>;
}

/** Who may take on an identity. */
export interface Role extends Owned {
  readonly kind: "role";
  readonly trust: Fact<Document>;
}
/** What an identity or a resource's visitors may. */
export interface Permissions extends Owned {
  readonly kind: "permissions";
  /** "identity": attached to roles; else the resource it guards. */
  readonly on: "identity" | "secret" | "alertTarget" | "vault" | "bucket" | "key" | "endpoint";
  readonly document: Fact<Document>;
  /** A vendor-made policy attached by name: "AdministratorAccess". */
  readonly attached: Fact<string>;
  /** The resource it guards. */
  readonly guards: Fact<Reference>;
}

/** Code that runs beside the database. */
export interface CloudFunction extends Owned {
  readonly kind: "function";
  readonly inNetwork: Fact<boolean>;
  readonly environmentKeys: Fact<readonly string[]>;
  readonly key: Fact<Reference>;
  /** Reachable by whoever knows its address, without an identity. */
  readonly public: Fact<boolean>;
}

/** Where dumps, archives or logs lie. */
export interface Bucket extends Owned {
  readonly kind: "bucket";
  readonly acl: Fact<string>;
  readonly encrypted: Fact<boolean>;
  readonly key: Fact<Reference>;
  readonly versioned: Fact<boolean>;
  readonly forceDestroy: Fact<boolean>;
  /** After how many days objects go. */
  readonly keptDays: Fact<Figure>;
}

/** A bucket's own refusal of whatever would make it public, where that is a resource of its own. */
export interface PublicAccessBlock extends Owned {
  readonly kind: "publicAccessBlock";
  readonly guards: Fact<Reference>;
  readonly blocks: Fact<boolean>;
}

export interface Kinds {
  readonly database: Database;
  readonly parameters: Parameters;
  readonly proxy: DatabaseProxy;
  readonly key: Key;
  readonly networkRule: NetworkRule;
  readonly networkGroup: NetworkGroup;
  readonly networkRefusal: NetworkRefusal;
  readonly network: Network;
  readonly subnet: Subnet;
  readonly subnetGroup: SubnetGroup;
  readonly route: Route;
  readonly flowLog: FlowLog;
  readonly backupPlan: BackupPlan;
  readonly backupCoverage: BackupCoverage;
  readonly vault: Vault;
  readonly snapshot: Snapshot;
  readonly alarm: Alarm;
  readonly alertTarget: AlertTarget;
  readonly alertContact: AlertContact;
  readonly eventSubscription: EventSubscription;
  readonly secret: Secret;
  readonly secretValue: SecretValue;
  readonly secretRotation: SecretRotation;
  readonly account: Account;
  readonly logGroup: LogGroup;
  readonly audit: Audit;
  readonly role: Role;
  readonly permissions: Permissions;
  readonly function: CloudFunction;
  readonly bucket: Bucket;
  readonly publicAccessBlock: PublicAccessBlock;
}
export type Kind = keyof Kinds;
export type AnyFact = Kinds[Kind];
