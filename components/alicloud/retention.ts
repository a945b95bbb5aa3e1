import type { Spec } from "../spec/spec";

const DAY = 86_400;

/** Days that the service keeps backups and logs for. */
export const RETENTION_DAYS = { least: 7, most: 730 } as const;

/** How long daily backups are kept, in days; the rules refuse what the service does not know. */
export const dataRetentionDays = ({ backups }: Pick<Spec, "backups">): number => backups.retention / DAY;

/** How far back point-in-time recovery reaches, in days: at least as far as asked, as the service keeps a week of log. */
export const logRetentionDays = ({ backups }: Pick<Spec, "backups">): number =>
  Math.max(RETENTION_DAYS.least, backups.pointInTimeRecovery / DAY);
