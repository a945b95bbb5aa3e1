import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ask } from "./python";

interface Seen {
  readonly member: string;
  readonly pid: number | null;
  readonly stopped: boolean;
  readonly primary: boolean;
  readonly leads_on: number | null;
  readonly fit: boolean;
  readonly silent_for: number;
}

type Target = readonly [member: string, pid: number];
interface Routes {
  readonly writer: Target | null;
  readonly readers: readonly Target[];
}

const decide = (cases: readonly (readonly Seen[])[]): Routes[] => ask("routing", cases);

const leader: Seen = {
  member: "m1",
  pid: 1,
  stopped: false,
  primary: true,
  leads_on: 3,
  fit: false,
  silent_for: 0.5,
};
const replica = (member: string, pid: number, change: Partial<Seen> = {}): Seen => ({
  ...leader,
  member,
  pid,
  primary: false,
  leads_on: null,
  fit: true,
  ...change,
});
const dead: Partial<Seen> = { pid: null, primary: false, leads_on: null, fit: false };

describe("where the poolers go, case by case", () => {
  const [m1, m2, m3] = ["m1", "m2", "m3"];
  const two = [replica("m2", 2), replica("m3", 3)];
  const cases: [string, readonly Seen[], writer: string | undefined, readers: readonly (string | undefined)[]][] = [
    ["a healthy cluster", [leader, ...two], m1, [m2, m3]],
    ["a primary alone", [leader], m1, [m1]],
    ["a replica that lags", [leader, replica("m2", 2, { fit: false }), replica("m3", 3)], m1, [m3]],
    ["a replica stopped by a signal", [leader, replica("m2", 2, { stopped: true }), replica("m3", 3)], m1, [m3]],
    ["a replica's Patroni restarted", [leader, replica("m2", 2, { silent_for: 3.9 }), replica("m3", 3)], m1, [m2, m3]],
    ["a replica's Patroni gone", [leader, replica("m2", 2, { silent_for: 4 }), replica("m3", 3)], m1, [m3]],
    ["no replica fit", [leader, replica("m2", 2, dead), replica("m3", 3, { fit: false })], m1, [m1]],
    ["the primary dead", [{ ...leader, ...dead }, ...two], undefined, [m2, m3]],
    ["the primary stopped: nobody else leads", [{ ...leader, stopped: true }, ...two], m1, [m2, m3]],
    ["the primary's Patroni silent", [{ ...leader, silent_for: 99 }, ...two], m1, [m2, m3]],
    [
      "promoted, and its Patroni has not said that it leads",
      [{ ...leader, ...dead }, replica("m2", 2, { primary: true }), replica("m3", 3)],
      undefined,
      [m3],
    ],
    [
      "promoted, and the old primary's process lives on",
      [{ ...leader, stopped: true }, replica("m2", 2, { primary: true, leads_on: 4 }), replica("m3", 3)],
      m2,
      [m3],
    ],
    ["all dead", [{ ...leader, ...dead }, replica("m2", 2, dead), replica("m3", 3, dead)], undefined, []],
  ];
  const answers = decide(cases.map(([, seen]) => seen));
  it.each(cases.map(([name, , writer, readers], index) => [name, writer, readers, index] as const))(
    "%s: writes to %s, reads from %s",
    (_, writer, readers, index) => {
      const { writer: target, readers: targets } = answers[index] as Routes;
      expect([target?.[0], targets.map(([member]) => member)]).toEqual([writer, readers]);
    },
  );
});

describe("whatever the router sees", () => {
  const seen = (member: string): fc.Arbitrary<Seen> =>
    fc
      .record({
        member: fc.constant(member),
        pid: fc.option(fc.integer({ min: 2, max: 99_999 })),
        stopped: fc.boolean(),
        primary: fc.boolean(),
        leads_on: fc.option(fc.integer({ min: 1, max: 9 })),
        fit: fc.boolean(),
        silent_for: fc.double({ min: 0, max: 10, noNaN: true }),
      })
      .map((one) => (one.pid === null ? { ...one, ...dead } : one));
  const cases = fc.sample(
    fc
      .integer({ min: 1, max: 9 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, n) => seen(`m${n}`)))),
    5_000,
  );
  const answers = decide(cases);
  const holds = (rule: (members: readonly Seen[], routes: Routes) => boolean) => {
    const pairs = cases.map((members, index) => [members, answers[index] as Routes] as const);
    expect(pairs.find(([members, routes]) => !rule(members, routes))).toBeUndefined();
  };
  const found = (members: readonly Seen[], target: Target) =>
    members.find(({ member, pid }) => member === target[0] && pid === target[1]);

  it("writes and reads go there and nowhere, so that no rule below holds for want of cases", () => {
    expect(new Set(answers.map(({ writer }) => writer !== null))).toEqual(new Set([true, false]));
    expect(new Set(answers.map(({ readers }) => Math.min(readers.length, 2)))).toEqual(new Set([0, 1, 2]));
  });

  it("never writes to anything but a living primary that its Patroni called the leader, on the newest timeline", () =>
    holds((members, { writer }) => {
      if (!writer) return true;
      const one = found(members, writer);
      const newest = Math.max(...members.map((other) => (other.pid && other.primary && other.leads_on) || 0));
      return one?.primary === true && one.leads_on === newest;
    }));

  it("always has somewhere to write where there is such a primary", () =>
    holds(
      (members, { writer }) =>
        writer !== null || !members.some(({ pid, primary, leads_on }) => pid !== null && primary && leads_on !== null),
    ));

  it("reads from the primary only while no replica is fit", () =>
    holds((members, { writer, readers }) => {
      const fit = members.filter(
        (one) => one.pid !== null && !one.primary && !one.stopped && one.fit && one.silent_for < 4,
      );
      const wanted = fit.length > 0 ? fit.map(({ member }) => member) : writer ? [writer[0]] : [];
      return JSON.stringify(readers.map(([member]) => member)) === JSON.stringify(wanted);
    }));
});
