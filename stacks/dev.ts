import type { Profile } from "../components/spec/profile";

/** Development in a cloud: one small member that may be thrown away. Encryption and TLS stay as in production. */
export const dev: Profile = {
  size: { vcpu: 2, memory: "4GB", storage: "20GB" },
  replicas: 0,
  highAvailability: false,
  synchronousReplication: false,
  // 4 GB of WAL between two checkpoints would be a fifth of the disk
  parameters: { min_wal_size: "256MB", max_wal_size: "1GB" },
  backups: { retention: "7d", pointInTimeRecovery: "1d", archiveRetention: "0", finalBackup: false },
  maintenance: { minorVersions: "automatic" },
  deletionProtection: false,
};
