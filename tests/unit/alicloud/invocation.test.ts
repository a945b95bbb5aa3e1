import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TASK } from "../../../components/alicloud/function/outcome";
import { make } from "../../../components/alicloud/provider/calls";
import { asToolsKnow } from "../../../components/alicloud/provider/credentials";
import { endpointOf, type Functions } from "../../../components/alicloud/provider/functions";
import type { Call, InvocationInputs } from "../../../components/alicloud/provider/inputs";
import { callsAgain, invocationOf } from "../../../components/alicloud/provider/invocation";
import { Problem, problemOf } from "../../../components/alicloud/provider/problems";
import { stageOf, taskId } from "../../../components/alicloud/provider/tasks";
import { errorWords, filled } from "../../../components/alicloud/provider/words";
import type { Progress } from "../../../components/provider/progress";

const call = (more: Partial<Call> = {}): Call => ({
  functionName: "f",
  event: {},
  timeout: 60,
  asTask: false,
  mend: "Mend it",
  ...more,
});
const inputs = (more: Partial<InvocationInputs> = {}): InvocationInputs => ({
  account: { region: "cn-hangzhou" },
  on: { up: call() },
  triggers: ["a"],
  ...more,
});
const silent: Progress = { step: () => {}, note: () => {}, warn: () => {} };

describe("up calls again", () => {
  it.each<[string, Partial<InvocationInputs>]>([
    ["another trigger", { triggers: ["b"] }],
    ["one trigger more", { triggers: ["a", "b"] }],
    ["another function", { on: { up: call({ functionName: "g" }) } }],
    ["another event", { on: { up: call({ event: { payload: "x" } }) } }],
    ["another region", { account: { region: "cn-shanghai" } }],
  ])("for %s", (_, more) => expect(callsAgain(inputs(), inputs(more))).toBe(true));

  it.each<[string, Partial<InvocationInputs>]>([
    ["another profile", { account: { region: "cn-hangzhou", profile: "other" } }],
    ["other words, or more patience", { on: { up: call({ mend: "Other words", timeout: 90 }) } }],
    ["what destroy calls", { on: { up: call(), destroy: call() } }],
    ["nobody any more", { on: {}, triggers: ["b"] }],
  ])("not for %s", (_, more) => expect(callsAgain(inputs(), inputs(more))).toBe(false));

  it("whatever the triggers are: exactly when they differ", () => {
    const triggers = fc.array(fc.string(), { maxLength: 4 });
    fc.assert(
      fc.property(triggers, triggers, (one, other) => {
        const again = callsAgain(inputs({ triggers: one }), inputs({ triggers: other }));
        return again === (JSON.stringify(one) !== JSON.stringify(other));
      }),
    );
  });
});

describe("a task", () => {
  it("has an id that Function Compute takes, and its prefix by which it is found again", () => {
    const when = fc.date({ min: new Date("2020-01-01"), max: new Date("2099-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(when, (now) => {
        const id = taskId("t1a2b3c4d", now);
        return TASK.test(id) && id.startsWith("t1a2b3c4d-");
      }),
    );
  });

  it.each<readonly [string, string]>([
    ["Succeeded", "done"],
    ...["Failed", "Stopped", "Invalid", "Expired"].map((status) => [status, "failed"] as const),
    ...["Enqueued", "Dequeued", "Running", "Retrying", "Stopping", "whatever comes"].map(
      (status) => [status, "going"] as const,
    ),
  ])("that is %s is %s", (status, stage) => expect(stageOf({ status })).toBe(stage));
});

describe("words", () => {
  it("are the function's own, without its stack", () => {
    expect(errorWords('{"errorMessage":"no space","errorType":"Error","stackTrace":["at x"]}')).toBe("no space");
    expect(errorWords("Process exited unexpectedly")).toBe("Process exited unexpectedly");
    expect(errorWords("null")).toBe("null");
    expect(errorWords("")).toBe("no word");
  });

  it("are filled in from an answer, and nothing else is", () => {
    expect(filled("oss://b/{key}: {bytes} bytes, {toString} {gone}", { key: "final/x", bytes: 7 })).toBe(
      "oss://b/final/x: 7 bytes, {toString} {gone}",
    );
    fc.assert(fc.property(fc.string(), (value) => filled("<{a}>", { a: value }) === `<${value}>`));
  });

  it("of the way to the service say nothing of what was sent", () => {
    const secret = "the-secret";
    const broken = problemOf(Object.assign(new Error(`GET https://x?key=${secret}`), { code: "ECONNREFUSED" }));
    expect(broken.message).toMatch(/cannot be reached: ECONNREFUSED/);
    expect(broken.message).not.toContain(secret);
    expect(broken.passing).toBe(true);
  });

  it.each([
    [403, false],
    [404, false],
    [409, false],
    [429, true],
    [500, true],
    [503, true],
  ])("of a refusal with %i: that passes is %s", (statusCode, passing) => {
    expect(problemOf({ statusCode, message: "code: it refuses" })).toMatchObject({ passing, status: statusCode });
  });
});

it("takes credentials by the alicloud provider's names, too, and the stack's profile", () => {
  expect(asToolsKnow({ ALICLOUD_ACCESS_KEY: "id", ALICLOUD_SECRET_KEY: "key", OTHER: "x" })).toEqual({
    ALIBABA_CLOUD_ACCESS_KEY_ID: "id",
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: "key",
  });
  expect(asToolsKnow({ ALICLOUD_PROFILE: "shell" }, "stack")).toEqual({ ALIBABA_CLOUD_PROFILE: "stack" });
  expect(asToolsKnow({ ALICLOUD_ACCESS_KEY: "" })).toEqual({});
  expect(endpointOf("cn-hangzhou")).toBe("https://fcv3.cn-hangzhou.aliyuncs.com");
});

describe("a call", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const refuse = () => Promise.reject(new Error("nobody asked for this"));
  const functions = (more: Partial<Functions>): Functions => ({
    call: refuse,
    keepTasks: async () => {},
    submit: refuse,
    task: refuse,
    newest: async () => undefined,
    ...more,
  });
  /** Its error, or "done". */
  async function ends(asked: Call, service: Partial<Functions>): Promise<string> {
    const made = make(asked, functions(service), "t1", silent).then(
      () => "done",
      ({ message }: Error) => message,
    );
    await vi.runAllTimersAsync();
    return made;
  }

  it("is given up at what does not pass, and after a minute at what does", async () => {
    let tries = 0;
    const failing = (passing: boolean) => () => {
      tries++;
      return Promise.reject(new Problem("Function Compute refuses: it is out of order", passing, 503));
    };
    expect(await ends(call(), { call: failing(false) })).toBe("Function Compute refuses: it is out of order. Mend it");
    expect(tries).toBe(1);
    expect(await ends(call(), { call: failing(true) })).toMatch(/out of order\. Mend it$/);
    expect(tries).toBeGreaterThan(4);
  });

  it.each<[string, Partial<Functions>, RegExp]>([
    [
      "whose task nobody ever knows",
      { task: async () => undefined },
      /took task t1-.*and knows nothing of it\. Mend it/,
    ],
    [
      "that takes too long",
      { task: async (_, id) => ({ id, status: "Running" }) },
      /not done after 10 min and may go on .*the next run waits for it/,
    ],
    [
      "that leaves no answer",
      { task: async (_, id) => ({ id, status: "Succeeded" }), call: async () => ({ text: "{}" }) },
      /ended well \(task t1-.*and left no answer/,
    ],
    [
      "that cannot be asked what it did",
      {
        task: async (_, id) => ({ id, status: "Succeeded" }),
        call: async () => ({ text: '{"errorMessage":"no bucket"}', failed: "HandledInvocationError" }),
      },
      /cannot be asked what it did: no bucket\. Mend it/,
    ],
  ])("as a task %s fails", async (_, service, message) => {
    expect(await ends(call({ asTask: true, timeout: 600 }), { submit: async () => {}, ...service })).toMatch(message);
  });

  it("as a task whose submission was heard though its answer got lost is waited for", async () => {
    const heard = {
      submit: () => Promise.reject(new Problem("Function Compute refuses: there already", false, 409)),
      task: async (_: string, id: string) => ({ id, status: "Succeeded" }),
      call: async () => ({ text: '{"answer":{}}' }),
    };
    expect(await ends(call({ asTask: true }), heard)).toBe("done");
  });
});

it("connects to nobody where there is nobody to call", async () => {
  const connect = () => Promise.reject(new Error("nobody is to be called"));
  const resource = invocationOf(connect);
  const { outputs } = await resource.create(inputs({ on: { destroy: call() } }), silent);
  expect(await resource.update({ ...inputs(), ...outputs }, inputs(), silent)).toEqual(outputs);
  await resource.delete({ ...inputs(), ...outputs }, silent);
});
