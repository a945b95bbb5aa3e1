import * as pulumi from "@pulumi/pulumi";
import type { ApplicationDatabaseInputs, ApplicationDatabaseOutputs } from "./provider/resources/applicationDatabase";
import type { BackupRepositoryInputs, BackupRepositoryOutputs } from "./provider/resources/backupRepository";
import type {
  CertificateAuthorityInputs,
  CertificateAuthorityOutputs,
} from "./provider/resources/certificateAuthority";
import type { ClusterInputs, ClusterOutputs } from "./provider/resources/cluster";
import type { EntryPointInputs, EntryPointOutputs } from "./provider/resources/entryPoint";
import type { MachineInputs, MachineOutputs } from "./provider/resources/machine";
import type { MonitoringInputs, MonitoringOutputs } from "./provider/resources/monitoring";

// The program's side of the provider in ./provider: types only cross over, no code of it is loaded here.

type Inputs<T> = { [K in keyof T]: pulumi.Input<Exclude<T[K], undefined>> | Extract<T[K], undefined> };
type Outputs<T> = { readonly [K in keyof T]: pulumi.Output<T[K]> };

/** A class of resources of the provider "localpg"; `outputs` are the names that only `create` knows. */
function resourceClass<I extends object, O extends object>(
  type: string,
  outputs: readonly (keyof O & string)[],
  secrets: readonly (keyof O & string)[] = [],
) {
  class LocalResource extends pulumi.CustomResource {
    constructor(name: string, inputs: Inputs<I>, options: pulumi.CustomResourceOptions) {
      const unknown = Object.fromEntries(outputs.map((output) => [output, undefined]));
      super(
        `localpg:index:${type}`,
        name,
        { ...inputs, ...unknown },
        {
          ...options,
          additionalSecretOutputs: [...secrets],
        },
      );
    }
  }
  return LocalResource as unknown as new (
    name: string,
    inputs: Inputs<I>,
    options: pulumi.CustomResourceOptions,
  ) => pulumi.CustomResource & Outputs<O>;
}

export const Machine = resourceClass<MachineInputs, MachineOutputs>("Machine", ["place", "startsWithMachine"]);
export const CertificateAuthority = resourceClass<CertificateAuthorityInputs, CertificateAuthorityOutputs>(
  "CertificateAuthority",
  ["caCertificate", "validUntil"],
);
export const Cluster = resourceClass<ClusterInputs, ClusterOutputs>("Cluster", [
  "members",
  "systemIdentifier",
  "version",
]);
export const ApplicationDatabase = resourceClass<ApplicationDatabaseInputs, ApplicationDatabaseOutputs>(
  "ApplicationDatabase",
  ["password", "passwordSince"],
  ["password"],
);
export const BackupRepository = resourceClass<BackupRepositoryInputs, BackupRepositoryOutputs>(
  "BackupRepository",
  ["cipherPass", "location"],
  ["cipherPass"],
);
export const EntryPoint = resourceClass<EntryPointInputs, EntryPointOutputs>("EntryPoint", [
  "writer",
  "reader",
  "directWriter",
  "directReader",
]);
export const Monitoring = resourceClass<MonitoringInputs, MonitoringOutputs>("Monitoring", ["endpoints", "notRunning"]);
