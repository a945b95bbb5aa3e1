import type pg from "pg";
import type { Reporter } from "../../components/local/tools/reporter";
import { EXIT, OperationError, refused } from "../cli/exit";
import { openStack, type Stack } from "../cli/stack";
import { type End, on, rows } from "./end";
import type { Link } from "./link";
import { type Direction, opposite } from "./names";
import { type ServerOptions, serverEnd } from "./serverEnd";
import { stackEnd } from "./stackEnd";
import { readState, type State, writeState } from "./state";
import { applicationTables } from "./survey";

export interface SourceOptions extends ServerOptions {
  /** The source is a stack: its name. */
  readonly fromStack?: string;
}

/** A migration's two ends, and how it speaks. */
export interface Migration {
  readonly source: End;
  readonly target: End;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

export async function openEnds(stack: Stack, options: SourceOptions): Promise<{ source: End; target: End }> {
  const { fromStack } = options;
  if (fromStack !== undefined && options.sourceFile !== undefined) {
    throw refused(["--from-stack and --source-file: one of them names the source, not both."]);
  }
  if (fromStack === stack.name) throw refused([`--from-stack: ${fromStack} is the stack itself.`]);
  const target = await stackEnd(stack);
  const source = fromStack === undefined ? await serverEnd(options) : await stackEnd(await openStack(fromStack));
  return { source, target };
}

/** Tells one database from every other: a copy by file shares the identifier, but not the name and place of both ends. */
export async function identityOf(client: pg.Client): Promise<string> {
  const [found] = await rows<{ identity: string }>(
    client,
    "select system_identifier::text || '/' || current_database() as identity from pg_control_system()",
  );
  return found?.identity ?? "";
}

/** The migration that is under way. Throws `OperationError` where there is none, or where the source is another one's. */
export async function stateOf({ source, target }: Pick<Migration, "source" | "target">): Promise<State> {
  const state = await on(target, readState);
  if (state === undefined) {
    throw new OperationError(
      EXIT.usage,
      `${target.label} has no migration under way: begin with license-db migrate plan, then load.`,
    );
  }
  const identity = await on(source, identityOf);
  if (identity !== state.identity) {
    throw new OperationError(
      EXIT.usage,
      `${target.label} is being filled from ${state.source} (${state.identity}), and ${source.label} is ${identity}: name the source that the load was done from.`,
    );
  }
  return state;
}

export async function changeState({ target }: Pick<Migration, "target">, change: Partial<State>): Promise<State> {
  return on(target, async (client) => {
    const state = await readState(client);
    if (state === undefined) throw new OperationError(EXIT.failed, `${target.label} has lost the migration's state.`);
    return writeState(client, { ...state, ...change });
  });
}

/** Forward: from the source to the stack. */
export const linkOf = ({ source, target }: Pick<Migration, "source" | "target">, direction: Direction): Link =>
  direction === "forward"
    ? { direction, publisher: source, subscriber: target }
    : { direction, publisher: target, subscriber: source };

/** The same two ends the other way round. */
export const reversed = (link: Link): Link => ({
  direction: opposite(link.direction),
  publisher: link.subscriber,
  subscriber: link.publisher,
});

/** Tables that were made, dropped or renamed since the load are not replicated: told before anything is switched. */
export async function changedTables(end: End, state: State): Promise<string[]> {
  const now = new Map((await on(end, applicationTables)).map((table) => [`${table.schema}.${table.name}`, table]));
  const then = new Set(state.tables.map(({ schema, name }) => `${schema}.${name}`));
  return [
    ...[...now.keys()].filter((name) => !then.has(name)).map((name) => `${name} is new`),
    ...[...then].filter((name) => !now.has(name)).map((name) => `${name} is gone`),
  ];
}
