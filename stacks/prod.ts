import type { Profile } from "../components/spec/profile";

/**
 * Production: R1 to R17 as components/spec/defaults.ts has them. It changes nothing; what would hurt most if a default
 * ever moved is named, so that the move shows here.
 */
export const prod: Profile = {
  replicas: 2,
  highAvailability: true,
  synchronousReplication: true,
  deletionProtection: true,
  encryption: { atRest: true },
  backups: { finalBackup: true },
};
