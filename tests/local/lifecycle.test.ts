import { afterAll, beforeAll, describe } from "vitest";
import { access } from "./lifecycle/access";
import { changes } from "./lifecycle/changes";
import { drift } from "./lifecycle/drift";
import { end } from "./lifecycle/end";
import { figures } from "./lifecycle/figures";
import { members } from "./lifecycle/members";
import { recovery } from "./lifecycle/recovery";
import { refused } from "./lifecycle/refused";
import { secrecy } from "./lifecycle/secrecy";
import { succeeded } from "./lifecycle/shared";
import { TestStack } from "./support/stack";

/** The life of one cluster, by the real engine and real servers: made, used, changed, damaged, restored, destroyed. */
describe("the life of a local cluster", () => {
  let stack: TestStack;
  const shared = () => stack;

  beforeAll(async () => {
    stack = await TestStack.make("local");
    succeeded(await stack.up());
  });
  afterAll(() => stack?.dispose());

  figures(shared);
  access(shared);
  changes(shared);
  members(shared);
  drift(shared);
  refused(shared);
  recovery(shared);
  secrecy(shared);
  end(shared);
});
