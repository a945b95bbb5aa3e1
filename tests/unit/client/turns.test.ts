import { setMaxListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NoTurn, Turns } from "../../../ops/client/turns";

const never = new AbortController().signal;
setMaxListeners(0, never);

describe("turns", () => {
  it("are never more than there are, all come, and in their order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(2), { minLength: 1, maxLength: 30 }),
        async (most, work) => {
          const turns = new Turns(most);
          const order: number[] = [];
          let busy = 0;
          await Promise.all(
            work.map(async (steps, index) => {
              await turns.take(5_000, never);
              order.push(index);
              busy += 1;
              expect(busy).toBeLessThanOrEqual(most);
              for (let step = 0; step < steps; step++) await Promise.resolve();
              busy -= 1;
              turns.give();
            }),
          );
          expect(order).toEqual(work.map((_, index) => index));
          expect(turns.waiting).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("let the urgent go first", async () => {
    const turns = new Turns(1);
    await turns.take(1_000, never);
    const order: string[] = [];
    const calm = turns.take(1_000, never).then(() => order.push("calm") && turns.give());
    const urgent = turns.take(1_000, never, true).then(() => order.push("urgent") && turns.give());
    turns.give();
    await Promise.all([calm, urgent]);
    expect(order).toEqual(["urgent", "calm"]);
  });

  it("are not waited for longer than said, and none is lost by who left", async () => {
    const turns = new Turns(1);
    await turns.take(1_000, never);
    const closing = new AbortController();
    const late = expect(turns.take(20, never)).rejects.toThrow(NoTurn);
    const closed = expect(turns.take(5_000, closing.signal)).rejects.toThrow(NoTurn);
    closing.abort();
    await Promise.all([late, closed]);
    expect(turns.waiting).toBe(0);
    turns.give();
    await turns.take(0, never);
    await expect(turns.take(0, never)).rejects.toThrow(NoTurn);
  });
});
