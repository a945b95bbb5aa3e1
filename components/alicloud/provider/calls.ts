import type { Progress } from "../../provider/progress";
import { asTask, type Outcome, outcomeOf } from "../function/outcome";
import type { Functions } from "./functions";
import type { Call } from "./inputs";
import { Pauses, patiently } from "./patience";
import { Problem } from "./problems";
import { stageOf, type Task, taskId } from "./tasks";
import { errorWords, fields, filled } from "./words";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Milliseconds for which a service that is out of order is borne when it is asked to do something… */
const PATIENCE = 1 * MINUTE;
/** … and while a task runs, which minds nothing of that. */
const LONG_PATIENCE = 15 * MINUTE;
/** Milliseconds until a task that was taken must be known. */
const UNKNOWN = 2 * MINUTE;
/** Seconds in which a function tells of a task's outcome, its start included. */
const TELLING = 120;
/** Seconds by which a function's own limit comes before ours. */
const GRACE = 30;

/**
 * Has all ready for a task that comes later: where Function Compute keeps no tasks, it is better known now.
 * @throws Error with what to do
 */
export async function prepare(call: Call, functions: Functions): Promise<void> {
  await orWhatToDo(call, () => patiently(() => functions.keepTasks(call.functionName), PATIENCE));
}

/**
 * Calls a function, and waits for its end.
 * @param tasks what the ids of the tasks begin with
 * @throws Error with the function's own words, and what to do
 */
export async function make(call: Call, functions: Functions, tasks: string, progress: Progress): Promise<void> {
  progress.step(`calling ${call.functionName}`);
  const answer = await orWhatToDo(call, () =>
    call.asTask ? throughTask(call, functions, tasks, progress) : directly(call, functions),
  );
  if (call.done !== undefined) progress.note(filled(call.done, answer));
}

async function orWhatToDo<T>({ mend }: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${message.replace(/\.?\s*$/, "")}. ${mend}`);
  }
}

type Answer = Readonly<Record<string, unknown>>;

async function directly({ functionName, event, timeout }: Call, functions: Functions): Promise<Answer> {
  const said = await patiently(() => functions.call(functionName, event, timeout + GRACE), PATIENCE);
  if (said.failed !== undefined) throw new Error(`${functionName} failed: ${errorWords(said.text)}`);
  return fields(said.text) ?? {};
}

async function throughTask(call: Call, functions: Functions, tasks: string, progress: Progress): Promise<Answer> {
  const task = await ended(call, functions, await begun(call, functions, tasks, progress), progress);
  const { answer, error = task.error ?? "no word" } = await outcomeOfTask(call, functions, task);
  if (stageOf(task) === "failed") throw new Error(`${call.functionName} failed (${task.status}): ${error}`);
  if (answer === undefined) throw new Error(`${call.functionName} ended well (task ${task.id}), and left no answer`);
  return answer;
}

/** A task that an earlier run left at work, for it was cut short, or a new one. */
async function begun(
  { functionName, event }: Call,
  functions: Functions,
  tasks: string,
  progress: Progress,
): Promise<string> {
  const left = await patiently(() => functions.newest(functionName, tasks), PATIENCE);
  if (left !== undefined && stageOf(left) === "going") {
    progress.note(`${functionName} is at it already, as task ${left.id}: an earlier run was cut short`);
    return left.id;
  }
  // Somebody may have switched it off.
  await patiently(() => functions.keepTasks(functionName), PATIENCE);
  const task = taskId(tasks, new Date());
  await patiently(() => submitted(functions, functionName, asTask(event, task), task), PATIENCE);
  return task;
}

const CONFLICT = 409;

/** Refused as there already: then an answer got lost, and the function was asked twice. */
async function submitted(functions: Functions, functionName: string, event: object, task: string): Promise<void> {
  try {
    await functions.submit(functionName, event, task);
  } catch (error) {
    if (!(error instanceof Problem && error.status === CONFLICT)) throw error;
  }
}

async function ended(
  { functionName, timeout }: Call,
  functions: Functions,
  id: string,
  progress: Progress,
): Promise<Task> {
  const pauses = new Pauses();
  const start = Date.now();
  for (;;) {
    const task = await patiently(() => functions.task(functionName, id), LONG_PATIENCE);
    const waited = Date.now() - start;
    if (task !== undefined && stageOf(task) !== "going") return task;
    if (task === undefined && waited > UNKNOWN) {
      throw new Error(`Function Compute took task ${id} of ${functionName}, and knows nothing of it`);
    }
    if (waited > timeout * SECOND) {
      throw new Error(
        `${functionName} is not done after ${minutes(waited)} and may go on (task ${id}): the next run waits for it`,
      );
    }
    progress.step(`${functionName}: ${task?.status ?? "taken"}, ${minutes(waited)}`);
    await pauses.next();
  }
}

const minutes = (milliseconds: number): string => `${Math.floor(milliseconds / MINUTE)} min`;

/** What the function says of a task; of one that failed nothing, where it cannot be asked. */
async function outcomeOfTask({ functionName }: Call, functions: Functions, task: Task): Promise<Outcome> {
  try {
    const said = await patiently(() => functions.call(functionName, outcomeOf(task.id), TELLING), PATIENCE);
    if (said.failed !== undefined) throw new Error(errorWords(said.text));
    return fields(said.text) ?? {};
  } catch (error) {
    if (stageOf(task) === "failed") return {};
    throw new Error(
      `${functionName} ended well (task ${task.id}), and cannot be asked what it did: ${(error as Error).message}`,
    );
  }
}
