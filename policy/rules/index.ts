import { accountNotSuperuser } from "./accountNotSuperuser";
import { adminName } from "./adminName";
import { adminPasswordKeyOwn } from "./adminPasswordKeyOwn";
import { adminPasswordManaged } from "./adminPasswordManaged";
import { alarmEnabled } from "./alarmEnabled";
import { alarmFreeSpace } from "./alarmFreeSpace";
import { alarms } from "./alarms";
import { alarmTells } from "./alarmTells";
import { alarmThresholds } from "./alarmThresholds";
import { alertsReachSomebody } from "./alertsReachSomebody";
import { alertTargetEncrypted } from "./alertTargetEncrypted";
import { alertTargetPolicy } from "./alertTargetPolicy";
import { archive } from "./archive";
import { auditEnabled } from "./auditEnabled";
import { auditRetention } from "./auditRetention";
import { backupPlan } from "./backupPlan";
import { backupRetention } from "./backupRetention";
import { backupsKeptAfter } from "./backupsKeptAfter";
import { backupsOutliveDatabase } from "./backupsOutliveDatabase";
import { backupWindow } from "./backupWindow";
import { bucketBlocksPublicAccess } from "./bucketBlocksPublicAccess";
import { bucketEncrypted } from "./bucketEncrypted";
import { bucketKept } from "./bucketKept";
import { bucketPrivate } from "./bucketPrivate";
import { bucketTls } from "./bucketTls";
import { bucketVersioned } from "./bucketVersioned";
import { certificateAuthority } from "./certificateAuthority";
import { contactHasAddress } from "./contactHasAddress";
import { copiedBackupsRetention } from "./copiedBackupsRetention";
import { copiesTags } from "./copiesTags";
import { databaseInNetwork } from "./databaseInNetwork";
import { databaseNetworkGroups } from "./databaseNetworkGroups";
import { databaseNotPublic } from "./databaseNotPublic";
import { defaultGroupClosed } from "./defaultGroupClosed";
import { deletionProtection } from "./deletionProtection";
import { egressNarrow } from "./egressNarrow";
import { enhancedMonitoring } from "./enhancedMonitoring";
import { eventSubscriptionEnabled } from "./eventSubscriptionEnabled";
import { eventSubscriptions } from "./eventSubscriptions";
import { failover } from "./failover";
import { finalBackup } from "./finalBackup";
import { flowLogComplete } from "./flowLogComplete";
import { flowLogs } from "./flowLogs";
import { functionClosed } from "./functionClosed";
import { functionInNetwork } from "./functionInNetwork";
import { groupClosedOutwards } from "./groupClosedOutwards";
import { identityLogin } from "./identityLogin";
import { ingressNarrow } from "./ingressNarrow";
import { ingressPorts } from "./ingressPorts";
import { insightsEnabled } from "./insightsEnabled";
import { insightsKeyOwn } from "./insightsKeyOwn";
import { keyDeletionDelayed } from "./keyDeletionDelayed";
import { keyEnabled } from "./keyEnabled";
import { keyPolicy } from "./keyPolicy";
import { keyRotates } from "./keyRotates";
import { leastRights } from "./leastRights";
import { logConnections } from "./logConnections";
import { logDisconnections } from "./logDisconnections";
import { logDurations } from "./logDurations";
import { loginAsksWho } from "./loginAsksWho";
import { logKeyOwn } from "./logKeyOwn";
import { logNotPublic } from "./logNotPublic";
import { logRetention } from "./logRetention";
import { logsExported } from "./logsExported";
import { maintenanceWindow } from "./maintenanceWindow";
import { minorUpgrades } from "./minorUpgrades";
import { networkGroupDescribed } from "./networkGroupDescribed";
import { networkGroupUsed } from "./networkGroupUsed";
import { networkRuleDescribed } from "./networkRuleDescribed";
import { noAdminAttached } from "./noAdminAttached";
import { noContinuousArchive } from "./noContinuousArchive";
import { noInternetRoute } from "./noInternetRoute";
import { noSurpriseMajorUpgrade } from "./noSurpriseMajorUpgrade";
import { parameterEvents } from "./parameterEvents";
import { parameterGroupOwn } from "./parameterGroupOwn";
import { passwordsGenerated } from "./passwordsGenerated";
import { pointInTimeRecovery } from "./pointInTimeRecovery";
import { proxyLogQuiet } from "./proxyLogQuiet";
import { proxyNetworkGroups } from "./proxyNetworkGroups";
import { proxyNotPublic } from "./proxyNotPublic";
import { proxyScram } from "./proxyScram";
import { proxyTls } from "./proxyTls";
import { replicas } from "./replicas";
import { replicationParameters } from "./replicationParameters";
import { resourcePolicyClosed } from "./resourcePolicyClosed";
import { roleTrust } from "./roleTrust";
import type { Rule } from "./rule";
import { scramPasswords } from "./scramPasswords";
import { secretKeyOwn } from "./secretKeyOwn";
import { secretNotGiven } from "./secretNotGiven";
import { secretPolicy } from "./secretPolicy";
import { secretRecoverable } from "./secretRecoverable";
import { secretRotationPeriod } from "./secretRotationPeriod";
import { secretsRotate } from "./secretsRotate";
import { snapshotEncrypted } from "./snapshotEncrypted";
import { snapshotPrivate } from "./snapshotPrivate";
import { storageEncrypted } from "./storageEncrypted";
import { storageKeyOwn } from "./storageKeyOwn";
import { subnetPrivate } from "./subnetPrivate";
import { subnetsSeveral } from "./subnetsSeveral";
import { supportedVersion } from "./supportedVersion";
import { tagged } from "./tagged";
import { tlsForced } from "./tlsForced";
import { tlsOffered } from "./tlsOffered";
import { tlsOnDatabase } from "./tlsOnDatabase";
import { vaultGuarded } from "./vaultGuarded";
import { vaultKept } from "./vaultKept";
import { vaultKeyOwn } from "./vaultKeyOwn";
import { walArchived } from "./walArchived";
import { zones } from "./zones";

/** Every rule there is. */
export const rules: readonly Rule[] = [
  storageEncrypted,
  storageKeyOwn,
  insightsKeyOwn,
  insightsEnabled,
  databaseNotPublic,
  databaseInNetwork,
  databaseNetworkGroups,
  backupRetention,
  pointInTimeRecovery,
  deletionProtection,
  finalBackup,
  backupsOutliveDatabase,
  identityLogin,
  adminName,
  adminPasswordManaged,
  adminPasswordKeyOwn,
  tlsOnDatabase,
  tlsOffered,
  certificateAuthority,
  logsExported,
  auditEnabled,
  auditRetention,
  enhancedMonitoring,
  supportedVersion,
  minorUpgrades,
  noSurpriseMajorUpgrade,
  copiesTags,
  tagged,
  failover,
  maintenanceWindow,
  backupWindow,
  parameterGroupOwn,
  tlsForced,
  scramPasswords,
  logConnections,
  logDisconnections,
  logDurations,
  replicationParameters,
  proxyTls,
  proxyLogQuiet,
  proxyNotPublic,
  proxyNetworkGroups,
  keyRotates,
  keyEnabled,
  keyDeletionDelayed,
  keyPolicy,
  ingressNarrow,
  ingressPorts,
  egressNarrow,
  networkRuleDescribed,
  networkGroupDescribed,
  subnetPrivate,
  subnetsSeveral,
  noInternetRoute,
  flowLogComplete,
  vaultKeyOwn,
  vaultKept,
  copiedBackupsRetention,
  noContinuousArchive,
  snapshotPrivate,
  snapshotEncrypted,
  alarmEnabled,
  alarmTells,
  alarmThresholds,
  alertTargetEncrypted,
  alertTargetPolicy,
  eventSubscriptionEnabled,
  secretKeyOwn,
  secretRecoverable,
  secretPolicy,
  secretNotGiven,
  secretRotationPeriod,
  accountNotSuperuser,
  logKeyOwn,
  logRetention,
  roleTrust,
  leastRights,
  noAdminAttached,
  resourcePolicyClosed,
  functionClosed,
  bucketPrivate,
  bucketBlocksPublicAccess,
  bucketEncrypted,
  bucketKept,
  bucketVersioned,
  replicas,
  zones,
  backupPlan,
  backupsKeptAfter,
  archive,
  vaultGuarded,
  alarms,
  alarmFreeSpace,
  alertsReachSomebody,
  eventSubscriptions,
  parameterEvents,
  flowLogs,
  defaultGroupClosed,
  networkGroupUsed,
  secretsRotate,
  passwordsGenerated,
  loginAsksWho,
  walArchived,
  proxyScram,
  functionInNetwork,
  logNotPublic,
  contactHasAddress,
  groupClosedOutwards,
  bucketTls,
];
