import type { Spec } from "./spec";

/** The settings of node `pg`'s Pool, as R10 has them; milliseconds, 0: never. */
export interface PoolSettings {
  readonly max: number;
  readonly idleTimeoutMillis: number;
  readonly connectionTimeoutMillis: number;
}

/** What each application process gives its own pool, whichever the vendor is: every entry point takes many such pools. */
export function poolSettings({ pool: { application } }: Spec): PoolSettings {
  return {
    max: application.size,
    idleTimeoutMillis: application.idleTimeout * 1000,
    connectionTimeoutMillis: application.connectionTimeout * 1000,
  };
}
