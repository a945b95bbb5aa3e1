import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NoTurn, Turns } from "../../../ops/client/turns";

const never = () => new AbortController().signal;

describe("turns", () => {
  it("are never more than there are, all come, and in their order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(2), { minLength: 1, maxLength: 30 }),
        async (most, work) => {
          const turns = new Turns(most, never());
          const order: number[] = [];
          let busy = 0;
          await Promise.all(
            work.map(async (steps, index) => {
              await turns.take(5_000);
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

  it("come with what the one before has handed on, and that is nobody else's", async () => {
    const turns = new Turns<string>(1, never());
    expect(turns.take(1_000)).toBeUndefined();
    const [first, second] = [turns.take(1_000), turns.take(1_000)];
    turns.give("a connection");
    expect(await first).toBe("a connection");
    turns.give();
    expect(await second).toBeUndefined();
  });

  it("let the urgent go first", async () => {
    const turns = new Turns(1, never());
    await turns.take(1_000);
    const order: string[] = [];
    const calm = turns.take(1_000)?.then(() => order.push("calm") && turns.give());
    const urgent = turns.take(1_000, true)?.then(() => order.push("urgent") && turns.give());
    turns.give();
    await Promise.all([calm, urgent]);
    expect(order).toEqual(["urgent", "calm"]);
  });

  it("are not waited for longer than said, and none is lost by who left", async () => {
    const turns = new Turns(1, never());
    await turns.take(1_000);
    const since = performance.now();
    const last = expect(turns.take(120)).rejects.toThrow(NoTurn);
    const first = expect(turns.take(20)).rejects.toThrow("no connection of 1 came free");
    await first;
    expect(performance.now() - since).toBeLessThan(110);
    expect(turns.waiting).toBe(1);
    await last;
    expect(performance.now() - since).toBeGreaterThanOrEqual(119);
    expect(turns.waiting).toBe(0);
    turns.give();
    expect(turns.take(0)).toBeUndefined();
    await expect(turns.take(0)).rejects.toThrow(NoTurn);
  });

  it("come to nobody any more once there is an end to all", async () => {
    const closing = new AbortController();
    const turns = new Turns(1, closing.signal);
    await turns.take(1_000);
    const waiting = expect(turns.take(5_000)).rejects.toThrow(NoTurn);
    closing.abort();
    await waiting;
    await expect(turns.take(5_000)).rejects.toThrow(NoTurn);
    expect(turns.waiting).toBe(0);
  });
});
