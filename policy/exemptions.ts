import type { VendorName } from "./facts/kinds";

/** What a vendor cannot meet, and why it is let pass. */
export interface Exemption {
  readonly vendor: VendorName;
  /** The rule's id. */
  readonly rule: string;
  readonly why: string;
}

const local = (rule: string, why: string): Exemption => ({ vendor: "local", rule, why });

/**
 * Every exemption there is, by name; each is printed wherever its vendor is used. One machine is one failure domain, and
 * has no service around it.
 */
export const exemptions: readonly Exemption[] = [
  local(
    "storage-encrypted",
    "a folder is encrypted only where the machine's file system is; encryption.atRest asks for it",
  ),
  local("failover", "Patroni promotes a replica, but all members share one machine: there is no second zone"),
  local("deletion-protection", "the stack local goes when it is destroyed; its backups stay"),
  local(
    "log-connections",
    "the poolers hold the connections, so the log would name nobody but them; parameters turns it on",
  ),
  local(
    "log-disconnections",
    "the poolers hold the connections, so the log would name nobody but them; parameters turns it on",
  ),
  local("logs-exported", "the log stays on the machine, for a week"),
  local(
    "event-subscriptions",
    "no service announces failovers or maintenance; what fails is in the list of alerts (noPrimary, missingReplicas, backupAge)",
  ),
];

const byRule = new Map(exemptions.map((one) => [`${one.vendor} ${one.rule}`, one]));

export const exemptionOf = (vendor: VendorName, rule: string): Exemption | undefined => byRule.get(`${vendor} ${rule}`);
