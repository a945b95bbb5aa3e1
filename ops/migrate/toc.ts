/** The list of contents of a dump, as `pg_restore --list` prints it and `--use-list` takes it. Pure. */

/** Kinds of entries that the application's user may not make, that the cluster makes itself, or that belong to the source. */
const LEFT_OUT = [
  "ACL",
  "COMMENT - EXTENSION",
  "COMMENT - PUBLICATION",
  "COMMENT - SUBSCRIPTION",
  "COMMENT - SCHEMA public",
  "COMMENT - EVENT TRIGGER",
  "DATABASE",
  "DEFAULT ACL",
  "EVENT TRIGGER",
  "EXTENSION",
  "FOREIGN DATA WRAPPER",
  "FOREIGN SERVER",
  "FOREIGN TABLE",
  "PROCEDURAL LANGUAGE",
  "PUBLICATION",
  "PUBLICATION TABLE",
  "PUBLICATION TABLES IN SCHEMA",
  "SCHEMA - public",
  "SERVER",
  "SUBSCRIPTION",
  "SUBSCRIPTION TABLE",
  "USER MAPPING",
];

const leftOut = (entry: string): boolean => LEFT_OUT.some((kind) => entry === kind || entry.startsWith(`${kind} `));

/** The entry without its numbers: "TABLE public customers owner"; undefined for a comment. */
export const entryOf = (line: string): string | undefined => /^\d+; \d+ \d+ (.*)$/.exec(line)?.[1];

/** What is restored. */
export const kept = (list: string): string =>
  list
    .split("\n")
    .filter((line) => {
      const entry = entryOf(line);
      return entry !== undefined && !leftOut(entry);
    })
    .map((line) => `${line}\n`)
    .join("");

/** Whether it makes schemas, for which a right is needed that the application's user does not have. */
export const makesSchemas = (list: string): boolean =>
  kept(list)
    .split("\n")
    .some((line) => entryOf(line)?.startsWith("SCHEMA - "));

/** Settings of newer servers that an older one does not know, and that do not matter for it. */
const NEWER_SETTINGS = /^SET (transaction_timeout) = .*;$/gm;

export const forOlder = (script: string): string => script.replace(NEWER_SETTINGS, "");

/**
 * The errors of pg_restore that mean something. `again`: an earlier run has made some of it already.
 * Every error it goes on after is told in its last line, too, as a count.
 */
export function restoreErrors(said: string, again: boolean): string[] {
  const blocks = said.split(/^(?=pg_restore: )/m).filter((block) => block.startsWith("pg_restore: error:"));
  return blocks
    .filter((block) => !/unrecognized configuration parameter "transaction_timeout"/.test(block))
    .filter((block) => !(again && /already exists|multiple primary keys for table/.test(block)))
    .map((block) => block.trim());
}
