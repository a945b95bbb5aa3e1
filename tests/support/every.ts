import { it } from "vitest";

/**
 * Whether every case runs, as in `npm run test:long`, and not one of each kind. A file NAME.long.test.ts beside NAME.test.ts
 * imports it, and vitest.config.mts sets the variable for such files; docs/proof.md says why.
 */
export const every = process.env.LICENSE_DB_EVERY_CASE === "true";

/** A test among every case. Where it is left out it is not skipped: the file beside has it. */
export const itEvery = (name: string, test: () => Promise<void> | void, timeout?: number): void => {
  if (every) it(name, test, timeout);
};
