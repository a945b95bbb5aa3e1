import * as kms from "@pulumi/alicloud/kms";
import * as rds from "@pulumi/alicloud/rds";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ADMINISTRATOR } from "./accounts";
import type { Instances } from "./instances";
import type { Keys } from "./keys";
import type { Logs } from "./logs";
import type { Network } from "./network";
import { passwordAge } from "./passwordAge";
import { type Administrator, setUpDatabase } from "./setUp";
import type { Site } from "./site";

/** R10, R13: the application's database, who may use it, and with which password. */
export interface Secrets {
  /** Of the stack: `password` is secret; `passwordSecret` is the name of the KMS secret that rotates it. */
  readonly outputs: { readonly password: pulumi.Output<string> } | { readonly passwordSecret: pulumi.Output<string> };
  /** The database, its accounts and their rights are there. */
  readonly ready: readonly pulumi.Resource[];
  /** The privileged account. Its password is secret. */
  readonly administrator: Administrator;
  /** The function that sets the database up. */
  readonly setUp: pulumi.Output<string>;
}

/** R10, R13: accounts with generated passwords, the application's database, and how the passwords rotate. */
export function createSecrets(site: Site, network: Network, keys: Keys, instances: Instances, logs: Logs): Secrets {
  const { spec, options } = site;
  for (const warning of passwordAge(spec, options, new Date())) pulumi.log.warn(warning, site.parent);
  // Each waits for the one before: RDS takes no order on an instance that is busy with another.
  const administrator = createAccount(site, instances, "administrator", ADMINISTRATOR, "Super", instances.ready);
  const application = createAccount(site, instances, "application", spec.access.username, "Normal", [
    administrator.account,
  ]);
  const database = new rds.Database(
    site.name("database"),
    {
      instanceId: instances.primary.id,
      dataBaseName: spec.access.database,
      // As the service reports it back: encoding, collation, character classes.
      characterSet: "UTF8,C,en_US.utf8",
    },
    // Goes with its instance alone: under another name, and without a spec of its own, its rows stay.
    site.kept({ dependsOn: [application.account], retainOnDelete: true }),
  );
  const privilege = new rds.AccountPrivilege(
    site.name("application"),
    {
      instanceId: instances.primary.id,
      accountName: application.account.accountName,
      dbNames: [database.dataBaseName],
      // The only one the service knows for PostgreSQL.
      privilege: "DBOwner",
    },
    site.child({ retainOnDelete: true }),
  );
  const privileged: Administrator = { username: ADMINISTRATOR, password: administrator.password };
  const setUp = setUpDatabase(site, network, instances, privileged, logs, [privilege]);
  return {
    outputs:
      options.encryption.kmsInstanceId === undefined
        ? { password: application.password }
        : { passwordSecret: rotatedByKms(site, keys, instances, application, options.encryption.kmsInstanceId) },
    ready: [privilege, setUp.timer],
    administrator: privileged,
    setUp: setUp.functionName,
  };
}

interface Account {
  readonly account: rds.RdsAccount;
  /** Secret. */
  readonly password: pulumi.Output<string>;
}

function createAccount(
  site: Site,
  instances: Instances,
  what: string,
  accountName: string,
  accountType: "Super" | "Normal",
  after: readonly pulumi.Resource[],
): Account {
  const { passwordsSince } = site.options.encryption;
  const generated = new random.RandomPassword(
    site.name(what),
    {
      length: 32,
      minUpper: 4,
      minLower: 4,
      minNumeric: 4,
      minSpecial: 2,
      // Of those that RDS allows the ones that mean nothing in a URL, a shell or a connection string.
      overrideSpecial: "-_",
      // Another day, another password.
      ...(passwordsSince === undefined ? {} : { keepers: { passwordsSince } }),
    },
    site.child(),
  );
  const account = new rds.RdsAccount(
    site.name(what),
    {
      dbInstanceId: instances.primary.id,
      accountName,
      accountType,
      accountPassword: generated.result,
    },
    site.kept({
      dependsOn: [...after],
      // Goes with its instance: RDS deletes no account that owns something, and this one owns the application's tables.
      retainOnDelete: true,
      // RDS writes into it whose template1 is.
      ignoreChanges: ["accountDescription", "description"],
    }),
  );
  return { account, password: pulumi.secret(generated.result) };
}

/** The application's password from then on is KMS's: it makes a new one at RDS and keeps it, with no word to Pulumi. */
function rotatedByKms(
  site: Site,
  keys: Keys,
  instances: Instances,
  { account, password }: Account,
  dkmsInstanceId: string,
): pulumi.Output<string> {
  // A deleted secret keeps its name for a month.
  const suffix = new random.RandomId(site.name("application"), { byteLength: 4 }, site.child());
  const secret = new kms.Secret(
    site.name("application"),
    {
      secretName: pulumi.interpolate`${site.name("application")}-${suffix.hex}`,
      description: `How applications log in to ${site.spec.access.database} of ${site.spec.name}`,
      secretType: "Rds",
      dkmsInstanceId,
      encryptionKeyId: keys.data.id,
      extendedConfig: pulumi.jsonStringify({
        SecretSubType: "SingleUser",
        DBInstanceId: instances.primary.id,
        CustomData: {},
      }),
      secretData: pulumi.secret(
        pulumi.jsonStringify({ Accounts: [{ AccountName: account.accountName, AccountPassword: password }] }),
      ),
      versionId: "v1",
      enableAutomaticRotation: true,
      // In seconds, as KMS gives it back.
      rotationInterval: `${site.spec.encryption.passwordRotation}s`,
      recoveryWindowInDays: site.spec.deletionProtection ? 30 : 7,
      tags: site.tags("application"),
    },
    // What is current is KMS's to say from the first rotation on.
    site.kept({ ignoreChanges: ["secretData", "versionId"] }),
  );
  return secret.secretName;
}
