import { escapeIdentifier } from "pg";
import { SCHEMA as ENCRYPTION } from "../../components/bootstrap/columnEncryption";

/** Holds all that a migration needs on either end: who drops it (cascade) has undone the fence, too. */
export const SCHEMA = "license_db_migration";

/** What is published, on whichever end is live. */
export const PUBLICATION = "license_db_migration";

/** Schemas that are the cluster's own, not the application's: never moved. */
export const OWN_SCHEMAS: readonly string[] = [SCHEMA, "pooler", ENCRYPTION];

/** Slot and subscription of one direction bear the same name. */
export const DIRECTIONS = { forward: "license_db_migration_forward", back: "license_db_migration_back" } as const;
export type Direction = keyof typeof DIRECTIONS;

export const opposite = (direction: Direction): Direction => (direction === "forward" ? "back" : "forward");

/** A table by schema and name. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** As SQL writes it. */
export const quoted = ({ schema, name }: TableName): string => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;

/** As people read it. */
export const plain = ({ schema, name }: TableName): string => `${schema}.${name}`;
