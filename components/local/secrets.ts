import type * as pulumi from "@pulumi/pulumi";
import { EXTENSIONS } from "../bootstrap/extensions";
import type { Spec } from "../spec/spec";
import type { LocalInstances } from "./instances";
import { type LocalNetwork, namesOfMembers } from "./network";
import { ApplicationDatabase } from "./resources";

/** Seconds. */
const DAY = 86_400;

/** The application's database, its role and the role's password. */
export const createSecrets = (spec: Spec, network: LocalNetwork, instances: LocalInstances, parent: pulumi.Resource) =>
  new ApplicationDatabase(
    `${spec.name}-database`,
    {
      place: network.place,
      members: namesOfMembers(spec),
      database: spec.access.database,
      username: spec.access.username,
      extensions: EXTENSIONS,
      passwordDays: Math.round(spec.encryption.passwordRotation / DAY),
    },
    { parent, dependsOn: instances, protect: spec.deletionProtection },
  );

export type LocalSecrets = ReturnType<typeof createSecrets>;
