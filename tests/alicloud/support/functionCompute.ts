import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { LoopbackService } from "../../support/loopbackService";

/** Of nobody. */
export const KEYS = { id: "an-id", secret: "of-nobody-0" } as const;

type Event = Readonly<Record<string, unknown>>;
/** A function: its answer; what it throws is its error's description. */
export type Code = (event: Event) => object | Promise<object>;

interface Task {
  readonly taskId: string;
  status: string;
  taskErrorMessage?: string;
}

/** Function Compute 3.0 (2023-03-30) on loopback, as far as invocations and asynchronous tasks go, after its published interface. */
export class FunctionCompute extends LoopbackService {
  /** By name. What is asked for and not here is not there. */
  readonly functions = new Map<string, Code>();
  /** "archive {"payload":"final"}": who was called with what, without the ids of tasks. */
  readonly called: string[] = [];
  readonly tasks = new Map<string, Task>();
  /** How functions run asynchronously, where that was said. */
  readonly keeps = new Map<string, object>();
  /** How many requests are answered with a 503 first. */
  failing = 0;

  protected async answer(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    if (!isSigned(request, body)) return refuse(response, 403, "SignatureNotMatch");
    if (this.failing > 0) {
      this.failing--;
      return refuse(response, 503, "ServiceUnavailable");
    }
    const url = new URL(request.url ?? "", this.endpoint);
    const [, name = "", what = "", id] =
      /^\/2023-03-30\/functions\/([^/]+)\/(invocations|async-tasks|async-invoke-config)(?:\/([^/]+))?$/.exec(
        url.pathname,
      ) ?? [];
    const code = this.functions.get(name);
    if (code === undefined) return refuse(response, 404, "FunctionNotFound");
    if (request.method === "POST" && what === "invocations") return this.invoke(name, code, request, body, response);
    if (request.method === "PUT" && what === "async-invoke-config") {
      this.keeps.set(name, JSON.parse(body.toString()) as object);
      return json(response, 200, {});
    }
    if (request.method !== "GET" || what !== "async-tasks") return refuse(response, 400, "InvalidArgument");
    if (id === undefined) {
      const prefix = url.searchParams.get("prefix") ?? "";
      const found = [...this.tasks.values()].filter(({ taskId }) => taskId.startsWith(prefix)).reverse();
      return json(response, 200, { tasks: found.slice(0, Number(url.searchParams.get("limit") ?? 20)) });
    }
    const task = this.tasks.get(id);
    return task ? json(response, 200, task) : refuse(response, 404, "AsyncTaskNotFound");
  }

  private async invoke(
    name: string,
    code: Code,
    { headers }: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const event = JSON.parse(body.toString()) as Event;
    const { task: _, ...asked } = event;
    if (headers["x-fc-invocation-type"] === "Sync") {
      this.called.push(`${name} ${"outcomeOf" in event ? "outcome" : JSON.stringify(asked)}`);
      try {
        return json(response, 200, await code(event));
      } catch (error) {
        return json(response, 200, description(error), { "X-Fc-Error-Type": "HandledInvocationError" });
      }
    }
    const taskId = String(headers["x-fc-async-task-id"]);
    if (this.tasks.has(taskId)) return refuse(response, 409, "AsyncTaskAlreadyExists");
    this.called.push(`${name} ${JSON.stringify(asked)}`);
    const task: Task = { taskId, status: "Running" };
    if (this.keeps.has(name)) this.tasks.set(taskId, task);
    // What a task answers, or says when it fails, Function Compute keeps to itself.
    void Promise.resolve()
      .then(() => code(event))
      .then(
        () => Object.assign(task, { status: "Succeeded" }),
        () => Object.assign(task, { status: "Failed", taskErrorMessage: "HandledInvocationError" }),
      );
    response.writeHead(202, { "X-Fc-Async-Task-Id": taskId }).end();
  }
}

const description = (error: unknown) => {
  const { message, stack = "" } = error as Error;
  return { errorMessage: message, errorType: "Error", stackTrace: stack.split("\n").slice(1) };
};

/** By our keys, over what was sent. (That the signature itself is right is the vendor's client's to prove.) */
function isSigned({ headers }: IncomingMessage, body: Buffer): boolean {
  const digest = createHash("sha256").update(body).digest("hex");
  const whose = new RegExp(`^ACS3-HMAC-SHA256 Credential=${KEYS.id},SignedHeaders=[^,]*,Signature=[0-9a-f]{64}$`);
  return headers["x-acs-content-sha256"] === digest && whose.test(headers.authorization ?? "");
}

const json = (response: ServerResponse, status: number, content: object, headers: Record<string, string> = {}): void =>
  void response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(content));

const refuse = (response: ServerResponse, status: number, code: string): void =>
  json(response, status, { Code: code, Message: `refused as ${code}`, RequestId: "a-request" });
