import type { Profile } from "../components/spec/profile";
import { machineTimeZone } from "../components/spec/timeZones";

/** A whole cluster on this machine, with production's topology and figures; it goes when its stack goes. */
export const local: Profile = {
  vendor: "local",
  replicas: 2,
  synchronousReplication: true,
  deletionProtection: false,
  // a folder is encrypted only where the machine's file system is
  encryption: { atRest: false },
  backups: { finalBackup: true },
  timeZone: machineTimeZone(),
};
