import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withOperationLock } from "../../ops/cli/lock";
import type { Stack } from "../../ops/cli/stack";
import { MASTER, StandIn } from "../aws/support/rds";

let server: StandIn;
let stack: Stack;

beforeAll(async () => {
  server = await StandIn.start("license_management");
  stack = {
    name: "prod",
    vendor: "alicloud",
    cluster: { kind: "instance", id: "pgm-1" },
    writer: { host: server.host, port: server.port },
    reader: { host: server.host, port: server.port },
    endpoints: {},
    database: "license_management",
    username: "license_app",
    administrator: MASTER,
    caCertificate: server.ca,
    parameters: {},
    capabilities: {},
  };
});
afterAll(() => server?.stop());

// On one machine it is a file: tests/ops/rotate.test.ts.
describe("the lock of operations on a cloud's stack, in its database", () => {
  it("lets one in, tells the next whose it is, and is free again after success and failure", async () => {
    const refused = () => withOperationLock(stack, "rotate password", async () => "in");
    const held = withOperationLock(stack, "migrate cutover", async () => {
      await expect(refused()).rejects.toMatchObject({
        exitCode: 4,
        message: expect.stringMatching(
          /^Stack prod is being worked on: migrate cutover by \S+@\S+.*\. Nothing was begun; wait for its end\.$/,
        ),
      });
      throw new Error("it went wrong");
    });
    await expect(held).rejects.toThrow("it went wrong");
    expect(await refused()).toBe("in");
  });

  it("of many at once lets exactly one in", async () => {
    let inside = 0;
    let most = 0;
    let done = () => {};
    const over = new Promise<void>((resolve) => {
      done = resolve;
    });
    const all = Array.from({ length: 8 }, () =>
      withOperationLock(stack, "upgrade run", async () => {
        most = Math.max(most, ++inside);
        await over;
        inside--;
      }),
    );
    const refused = all.map((one) =>
      one.then(
        () => 0,
        () => 1,
      ),
    );
    // Everybody but one has been told before that one ends.
    const count = async () =>
      (await Promise.all(refused.map((one) => Promise.race([one, 0])))).reduce<number>((a, b) => a + b, 0);
    while ((await count()) < 7) await new Promise((later) => setTimeout(later, 20));
    done();
    expect((await Promise.all(refused)).filter((one) => one === 0)).toHaveLength(1);
    expect(most).toBe(1);
  });

  it("ends with the session of an operator who is gone", async () => {
    let end = () => {};
    let gone: Promise<void> | undefined;
    // It has the lock once its work begins; whoever asked before that would have it.
    await new Promise<void>((begun, refused) => {
      gone = withOperationLock(stack, "restore", () => {
        begun();
        return new Promise<void>((resolve) => {
          end = resolve;
        });
      });
      gone.catch(refused);
    });
    const refused = () =>
      withOperationLock(stack, "status", async () => "in").catch((error: { exitCode?: number }) => error.exitCode);
    expect(await refused()).toBe(4);
    await server.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'restore by %'",
    );
    while ((await refused()) === 4) await new Promise((later) => setTimeout(later, 20));
    expect(await refused()).toBe("in");
    end();
    await gone;
  });
});
