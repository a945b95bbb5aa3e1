import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { EXIT } from "../../../../ops/cli/exit";
import { withOperationLock } from "../../../../ops/cli/lock";
import type { Stack } from "../../../../ops/cli/stack";

const folder = mkdtempSync(join(tmpdir(), "license-db-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));

const stack = (name: string) =>
  ({ name, vendor: "local", cluster: { kind: "folder", id: join(folder, name) } }) as unknown as Stack;

describe("the lock of operations on a stack", () => {
  it("tells who comes second whose it is and with what, and lets nothing of theirs begin", async () => {
    let begun = false;
    await withOperationLock(stack("one"), "upgrade run", async () => {
      const second = withOperationLock(stack("one"), "restore", async () => {
        begun = true;
      });
      await expect(second).rejects.toMatchObject({
        exitCode: EXIT.locked,
        message: expect.stringMatching(
          /^Stack one is being worked on: upgrade run by .+@.+ since .+Z \(process \d+\)\./,
        ),
      });
    });
    expect(begun).toBe(false);
  });

  it("holds one stack, not the others", async () => {
    await withOperationLock(stack("one"), "migrate load", () =>
      expect(withOperationLock(stack("two"), "drill", async () => "done")).resolves.toBe("done"),
    );
  });

  it("is free again after an operation that failed", async () => {
    await expect(withOperationLock(stack("one"), "rotate", () => Promise.reject(new Error("no")))).rejects.toThrow(
      "no",
    );
    await expect(withOperationLock(stack("one"), "rotate", async () => "done")).resolves.toBe("done");
  });
});
