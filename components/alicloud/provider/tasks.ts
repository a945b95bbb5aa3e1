/** A function's run as an asynchronous task, which Function Compute keeps for a week. */
export interface Task {
  readonly id: string;
  /** "Enqueued", "Running", "Succeeded", … */
  readonly status: string;
  /** Function Compute's name for how it failed, "UnhandledInvocationError". */
  readonly error?: string;
}

const BADLY: readonly string[] = ["Failed", "Stopped", "Invalid", "Expired"];

/** Where a task is. What Function Compute may call it beside these is on its way. */
export const stageOf = ({ status }: Pick<Task, "status">): "done" | "failed" | "going" =>
  status === "Succeeded" ? "done" : BADLY.includes(status) ? "failed" : "going";

/**
 * The id of a task that begins now.
 * @returns "t1a2b3c4d-20261129T134501123Z"
 */
export const taskId = (prefix: string, now: Date): string => `${prefix}-${now.toISOString().replaceAll(/[-:.]/g, "")}`;
