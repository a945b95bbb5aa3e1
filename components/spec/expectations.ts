import type { AlertThreshold, Seconds, Spec } from "./spec";
import { formatWindow } from "./windows";

/** What the stack was asked to be, as far as its operations judge by it; an output of every stack. */
export interface Expectations {
  readonly replicas: number;
  readonly synchronousReplication: boolean;
  /** R4: the most work, in seconds of it, that a lost machine may cost. */
  readonly recoveryPointObjective: Seconds;
  /** "01:00-02:00 Europe/Berlin". */
  readonly backupWindow: string;
  /** "Sun 02:00-04:00 Europe/Berlin". */
  readonly maintenanceWindow: string;
  /** By alert id. */
  readonly thresholds: Readonly<Record<string, AlertThreshold>>;
}

export const expectationsOf = ({
  replicas,
  synchronousReplication,
  backups,
  maintenance,
  alerts,
}: Spec): Expectations => ({
  replicas,
  synchronousReplication,
  recoveryPointObjective: backups.recoveryPointObjective,
  backupWindow: formatWindow(backups.window),
  maintenanceWindow: formatWindow(maintenance.window),
  thresholds: alerts.thresholds,
});
