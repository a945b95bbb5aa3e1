import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type FunctionComputeClient from "@alicloud/fc20230330"; // Function Compute's interface
import { TASK_RETRIES } from "../function/outcome";
import { accountCredential } from "./credentials";
import type { Account } from "./inputs";
import { problemOf } from "./problems";
import type { Task } from "./tasks";

const SECOND = 1000;
/** Milliseconds until a connection that is not answered is given up. */
const CONNECT_TIMEOUT = 10 * SECOND;
/** Milliseconds that a question to the service itself may take. */
const ASK_TIMEOUT = 30 * SECOND;
const NOT_FOUND = 404;
/** Where it says how a function failed. */
const ERROR_TYPE = "x-fc-error-type";
/** Where Function Compute is, where it is not the region's own: "http://127.0.0.1:8080". Tests set it. */
const ENDPOINT = "LICENSE_DB_FC_ENDPOINT";

/** What a function said. */
export interface Said {
  /** What it answered; where it failed, the description of that. */
  readonly text: string;
  /** Function Compute's name for how it failed, "HandledInvocationError". */
  readonly failed?: string;
}

/** Function Compute, as far as an invocation needs it. Each method throws `Problem`. */
export interface Functions {
  /** Calls a function and waits for its end. @param timeout seconds */
  call(functionName: string, event: object, timeout: number): Promise<Said>;
  /** Has Function Compute keep how a function's tasks ended, for a week. */
  keepTasks(functionName: string): Promise<void>;
  /** Has a function run as the task of that id. */
  submit(functionName: string, event: object, task: string): Promise<void>;
  /** Undefined: nobody knows of it (yet). */
  task(functionName: string, task: string): Promise<Task | undefined>;
  /** The newest task whose id begins so. */
  newest(functionName: string, prefix: string): Promise<Task | undefined>;
}

/** Where Function Compute is reached from outside a VPC. */
export const endpointOf = (region: string): string => `https://fcv3.${region}.aliyuncs.com`;

/**
 * The real one, as whom and where `account` says.
 * @throws Error when there are no credentials.
 */
export async function connectFunctions(account: Account): Promise<Functions> {
  // Loading them takes a second, for which no preview waits.
  const fc = await import("@alicloud/fc20230330");
  const { $OpenApiUtil } = await import("@alicloud/openapi-core"); // what every client of Alibaba Cloud is configured with
  const { RuntimeOptions } = await import("@darabonba/typescript"); // … and each of its calls
  const credential = await accountCredential(account);
  const at = new URL(process.env[ENDPOINT] ?? endpointOf(account.region));
  const config = new $OpenApiUtil.Config({
    regionId: account.region,
    endpoint: at.host,
    protocol: at.protocol.slice(0, -1),
    connectTimeout: CONNECT_TIMEOUT,
    readTimeout: ASK_TIMEOUT,
  });
  config.credential = credential;
  const client: FunctionComputeClient = new fc.default(config);

  const invoke = (functionName: string, event: object, headers: object, readTimeout: number) =>
    client.invokeFunctionWithOptions(
      functionName,
      new fc.InvokeFunctionRequest({ body: Readable.from([Buffer.from(JSON.stringify(event))]) }),
      new fc.InvokeFunctionHeaders(headers),
      new RuntimeOptions({ readTimeout, connectTimeout: CONNECT_TIMEOUT }),
    );
  return {
    call: (functionName, event, timeout) =>
      told(async () => {
        const { body, headers } = await invoke(functionName, event, { xFcInvocationType: "Sync" }, timeout * SECOND);
        const failed = headers?.[ERROR_TYPE];
        return { text: body ? await text(body) : "", ...(failed ? { failed } : {}) };
      }),
    keepTasks: (functionName) =>
      told(async () => {
        const body = new fc.PutAsyncInvokeConfigInput({ asyncTask: true, maxAsyncRetryAttempts: TASK_RETRIES });
        await client.putAsyncInvokeConfig(functionName, new fc.PutAsyncInvokeConfigRequest({ body }));
      }),
    submit: (functionName, event, task) =>
      told(async () => {
        const headers = { xFcInvocationType: "Async", xFcAsyncTaskId: task };
        await invoke(functionName, event, headers, ASK_TIMEOUT);
      }),
    task: (functionName, task) =>
      told(async () => {
        try {
          const { body } = await client.getAsyncTask(functionName, task, new fc.GetAsyncTaskRequest({}));
          return body && asTask(body, task);
        } catch (error) {
          if ((error as { statusCode?: number }).statusCode === NOT_FOUND) return undefined;
          throw error;
        }
      }),
    newest: (functionName, prefix) =>
      told(async () => {
        const asked = new fc.ListAsyncTasksRequest({ prefix, sortOrderByTime: "desc", limit: 1 });
        const { body } = await client.listAsyncTasks(functionName, asked);
        const [found] = body?.tasks ?? [];
        return found?.taskId === undefined ? undefined : asTask(found, found.taskId);
      }),
  };
}

interface AsyncTask {
  readonly status?: string;
  readonly taskErrorMessage?: string;
}

const asTask = ({ status, taskErrorMessage }: AsyncTask, id: string): Task => ({
  id,
  status: status ?? "",
  ...(taskErrorMessage ? { error: taskErrorMessage } : {}),
});

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw problemOf(error);
  }
}
