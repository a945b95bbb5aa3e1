import type * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import { certificateHosts, type LocalNetwork } from "./network";
import type { LocalOptions } from "./options";
import { CertificateAuthority } from "./resources";

/** Days. Clients pin the authority, so it outlives the certificates, which every `up` renews in time. */
const AUTHORITY_VALIDITY = 3650;
const CERTIFICATE_VALIDITY = 365;
const RENEW_BEFORE = 60;

/** The cluster's certificate authority and its certificates. */
export const createKeys = (spec: Spec, options: LocalOptions, network: LocalNetwork, parent: pulumi.Resource) =>
  new CertificateAuthority(
    `${spec.name}-ca`,
    {
      place: network.place,
      hosts: certificateHosts(spec, options),
      authorityValidity: AUTHORITY_VALIDITY,
      certificateValidity: CERTIFICATE_VALIDITY,
      renewBefore: RENEW_BEFORE,
    },
    { parent, protect: spec.deletionProtection },
  );

export type LocalKeys = ReturnType<typeof createKeys>;
