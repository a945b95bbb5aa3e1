/** Why a value was refused, in words for the person who wrote it. */
export interface Fault {
  /** What may stand there. */
  readonly allowed: string;
  /** What to do. */
  readonly mend: string;
  /** The known word the value comes nearest to. */
  readonly nearest?: string;
}

/** A value that was read, or why it could not be. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Fault);

export const good = <T>(value: T): Parsed<T> => ({ ok: true, value });

export const bad = (allowed: string, mend: string, nearest?: string): Parsed<never> =>
  nearest === undefined ? { ok: false, allowed, mend } : { ok: false, allowed, mend, nearest };
