import type { AlertId } from "../catalogue/alerts";
import type { VendorName } from "./spec";

/** What may be written for one stack, as people write it: "16GB", "15d". Everything may be left out. */
export interface Profile {
  readonly vendor?: VendorName;
  readonly engine?: { readonly version?: string };
  readonly size?: { readonly vcpu?: number; readonly memory?: string; readonly storage?: string };
  readonly replicas?: number;
  readonly highAvailability?: boolean;
  readonly synchronousReplication?: boolean;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly access?: {
    readonly database?: string;
    readonly username?: string;
    readonly port?: number;
    readonly allowedCidrs?: readonly string[];
    readonly allowedSecurityGroups?: readonly string[];
  };
  readonly pool?: {
    readonly serverConnections?: number;
    readonly clientConnections?: number;
    readonly application?: {
      readonly size?: number;
      readonly idleTimeout?: string;
      readonly connectionTimeout?: string;
    };
  };
  readonly backups?: {
    readonly retention?: string;
    readonly pointInTimeRecovery?: string;
    readonly window?: string;
    readonly archiveRetention?: string;
    readonly recoveryPointObjective?: string;
    readonly finalBackup?: boolean;
  };
  readonly encryption?: {
    readonly atRest?: boolean;
    readonly keyRotation?: string;
    readonly passwordRotation?: string;
  };
  readonly alerts?: {
    readonly contacts?: readonly string[];
    readonly thresholds?: Readonly<Partial<Record<AlertId, { readonly above?: number; readonly for?: string }>>>;
  };
  readonly maintenance?: { readonly window?: string; readonly minorVersions?: "automatic" | "planned" };
  readonly deletionProtection?: boolean;
  readonly timeZone?: string;
  readonly tags?: Readonly<Record<string, string>>;
}
