/**
 * How a function that runs as an asynchronous task says what became of it. Function Compute tells that a task failed, and
 * neither its words nor its answer (the field for that is not open to everybody). So the event of a task has its id, and
 * the function, asked for the outcome of that id, answers with it.
 */
export interface Outcome {
  /** The answer, where it ended well. */
  readonly answer?: Readonly<Record<string, unknown>>;
  /** Its words, where it failed. Neither: it left none. */
  readonly error?: string;
}

/** The event of a task. */
export const asTask = <E extends object>(event: E, task: string): E & { readonly task: string } => ({ ...event, task });

/** The event that asks what became of a task. */
export const outcomeOf = (task: string) => ({ outcomeOf: task });

/** How often Function Compute tries a task again that failed: what passes has passed by then, and somebody waits. */
export const TASK_RETRIES = 1;

/** What Function Compute takes for the id of a task. */
export const TASK = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/;
