import { ResourceProvider } from "../../provider/provider";
import { serve } from "../../provider/serve";
import { applicationDatabase } from "./resources/applicationDatabase";
import { backupRepository } from "./resources/backupRepository";
import { certificateAuthority } from "./resources/certificateAuthority";
import { cluster } from "./resources/cluster";
import { entryPoint } from "./resources/entryPoint";
import { machine } from "./resources/machine";
import { monitoring } from "./resources/monitoring";

serve(
  new ResourceProvider({
    name: "localpg",
    resources: {
      "localpg:index:Machine": machine,
      "localpg:index:CertificateAuthority": certificateAuthority,
      "localpg:index:Cluster": cluster,
      "localpg:index:ApplicationDatabase": applicationDatabase,
      "localpg:index:BackupRepository": backupRepository,
      "localpg:index:EntryPoint": entryPoint,
      "localpg:index:Monitoring": monitoring,
    },
    importing:
      "a local cluster is not imported by id: set license-db:local {adopt: true} and run up, which takes over the cluster it finds",
  }),
);
