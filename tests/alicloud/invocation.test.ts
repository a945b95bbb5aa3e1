import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { saying } from "../local/support/processes";
import { itEvery } from "../support/every";
import { FunctionCompute, KEYS } from "./support/functionCompute";
import { InvocationsStack } from "./support/invocationsStack";

const RECEIPT = { key: "final/license_management-t1.dump", bytes: 4711 };
const DUMP = 'archive {"payload":"final"}';

let service: FunctionCompute;
let stack: InvocationsStack;
/** What becomes of the dump: its error, or nothing where it ends well. */
let failure: string | undefined;

beforeAll(async () => {
  service = await FunctionCompute.start();
});
afterAll(() => service?.stop());
beforeEach(async () => {
  failure = undefined;
  service.called.length = 0;
  service.tasks.clear();
  service.keeps.clear();
  service.functions.clear();
  service.functions.set("set-up", () => ({ done: ["created extension pgcrypto"] }));
  service.functions.set("delete-database", () => ({}));
  service.functions.set("archive", archive());
  stack = await InvocationsStack.make(service.endpoint);
});
afterEach(() => stack?.close());

/** As components/alicloud/archiver: it dumps, and says what became of a task. @param held what a dump waits for */
function archive(held: Promise<void> = Promise.resolve()) {
  const outcomes = new Map<unknown, object>();
  return async ({ task, outcomeOf }: Readonly<Record<string, unknown>>) => {
    if (outcomeOf !== undefined) return outcomes.get(outcomeOf) ?? {};
    await held;
    outcomes.set(task, failure === undefined ? { answer: RECEIPT } : { error: failure });
    if (failure !== undefined) throw new Error(failure);
    return RECEIPT;
  };
}

const up = async () => {
  const { code, output } = await stack.up();
  if (code !== 0) throw new Error(output);
  return output;
};

describe("up", () => {
  it("calls at once, then only for another trigger; a preview calls nobody", async () => {
    expect((await stack.preview()).code).toBe(0);
    expect(service.called).toEqual([]);
    await up();
    expect(service.called).toEqual(["set-up {}"]);
    expect(await up()).toMatch(/unchanged/);
    expect(service.called).toHaveLength(1);
    stack.configure(["one", "another"]);
    expect((await stack.preview()).output).toMatch(/~.*set-up.*update/);
    expect(service.called).toHaveLength(1);
    await up();
    expect(service.called).toEqual(["set-up {}", "set-up {}"]);
    expect(await stack.state()).not.toContain(KEYS.secret);
  });

  it("fails with the function's words and what to do, and calls again the next time", async () => {
    service.functions.set("set-up", () => {
      throw new Error("Setting up license_management failed. permission denied (42501).");
    });
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /set-up failed: Setting up license_management failed\. permission denied \(42501\)\. Mend the test/,
    );
    expect(output).not.toMatch(/stackTrace|functionCompute\.ts/);
    service.functions.set("set-up", () => ({}));
    await up();
    expect(service.called).toEqual(["set-up {}", "set-up {}"]);
  });

  itEvery("bears a service that is out of order for a moment", async () => {
    service.failing = 2;
    await up();
    expect(service.called).toEqual(["set-up {}"]);
  });
});

describe("destroy", () => {
  it("takes the last dump before anything else, waits for it, and says where it lies", async () => {
    await up();
    expect(service.keeps).toEqual(new Map([["archive", { asyncTask: true, maxAsyncRetryAttempts: 1 }]]));
    service.called.length = 0;
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    service.functions.set("archive", archive(held));
    const { ended } = stack.startDestroy();
    await vi.waitFor(() => expect(service.called).toEqual([DUMP]), 60_000);
    await new Promise((later) => setTimeout(later, 2_000));
    expect(service.called).toEqual([DUMP]);
    finish();
    const { code, output } = await ended;
    expect(code, output).toBe(0);
    expect(output).toContain(
      "the last dump lies in oss://the-archive/final/license_management-t1.dump: 4711 bytes, read back and found whole",
    );
    expect(service.called).toEqual([DUMP, "archive outcome", "delete-database {}"]);
  });

  it("stops where the dump fails, with the function's words and how to go on; the next one tries again", async () => {
    await up();
    service.called.length = 0;
    failure = "Archiving license_management of the-host failed. pg_dump ended with 1: no space";
    const { code, output } = await stack.destroy();
    expect(code).not.toBe(0);
    expect(output).toContain(failure);
    expect(output).toMatch(/The database is as it was \(.*license-db:backups\.finalBackup false/s);
    expect(service.called).not.toContain("delete-database {}");
    failure = undefined;
    expect((await stack.destroy()).code).toBe(0);
    expect(service.called.filter((call) => call === DUMP)).toHaveLength(2);
    expect(service.called.at(-1)).toBe("delete-database {}");
  });

  itEvery("says what Function Compute says where the function itself can say nothing", async () => {
    await up();
    service.functions.set("archive", () => {
      throw new Error("out of memory");
    });
    const { code, output } = await stack.destroy();
    expect(code).not.toBe(0);
    expect(output).toContain("archive failed (Failed): HandledInvocationError");
    expect(service.called).not.toContain("delete-database {}");
  });

  itEvery("takes none where none is wanted, nor does the up that says so", async () => {
    await up();
    service.called.length = 0;
    stack.configure(["one"], false);
    await up();
    expect(service.called).toEqual([]);
    expect((await stack.destroy()).code).toBe(0);
    expect(service.called).toEqual(["delete-database {}"]);
  });

  it("that was killed is finished by the next, which waits for the same dump", async () => {
    await up();
    service.called.length = 0;
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    service.functions.set("archive", archive(held));
    const killed = stack.startDestroy();
    await vi.waitFor(() => expect(service.called).toEqual([DUMP]), 60_000);
    killed.child.kill("SIGKILL");
    await killed.ended;
    await stack.unlock();
    const again = stack.startDestroy();
    // It has joined the dump that runs before that comes to its end.
    await saying(again.child, "an earlier run was cut short");
    finish();
    const { code, output } = await again.ended;
    expect(code, output).toBe(0);
    expect(service.called).toEqual([DUMP, "archive outcome", "delete-database {}"]);
  });
});
