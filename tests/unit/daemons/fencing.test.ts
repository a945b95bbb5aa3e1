import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ask } from "./python";

interface Observation {
  readonly member: string;
  readonly patroni: "alive" | "frozen" | "gone";
  readonly patroni_gone_for: number;
  readonly patroni_frozen_for: number;
  readonly patroni_age: number;
  readonly postmaster: "none" | "running" | "frozen";
  readonly postmaster_frozen_for: number;
  readonly crashed_for: number;
  readonly others: boolean;
  readonly primary: boolean;
  readonly etcd_steady_for: number | null;
  readonly holder: string | null;
  readonly lease_left: number | null;
  readonly disowned_for: number;
  readonly failsafe: boolean;
  readonly paused: boolean;
}

interface Decision {
  readonly action: "nothing" | "wake" | "release" | "revive" | "fence";
  readonly reason: string;
}

const decide = (cases: readonly Observation[]): Decision[] => ask("fencing", cases);

/** A healthy leader. */
const leader: Observation = {
  member: "m1",
  patroni: "alive",
  patroni_gone_for: 0,
  patroni_frozen_for: 0,
  patroni_age: 600,
  postmaster: "running",
  postmaster_frozen_for: 0,
  crashed_for: 0,
  others: true,
  primary: true,
  etcd_steady_for: 600,
  holder: "m1",
  lease_left: 16,
  disowned_for: 0,
  failsafe: false,
  paused: false,
};
const replica: Observation = { ...leader, primary: false, holder: "m2" };
const dead: Partial<Observation> = { patroni: "gone", patroni_age: 0, postmaster: "none", primary: false };
const gone: Partial<Observation> = { patroni: "gone", patroni_age: 0 };

const seconds = fc.double({ min: 0, max: 40, noNaN: true });
/** Anything a look can show; what cannot be, such as a dead server that is primary, is left out. */
const observation: fc.Arbitrary<Observation> = fc
  .record({
    member: fc.constant("m1"),
    patroni: fc.constantFrom("alive" as const, "frozen" as const, "gone" as const),
    patroni_gone_for: seconds,
    patroni_frozen_for: seconds,
    patroni_age: seconds,
    postmaster: fc.constantFrom("none" as const, "running" as const, "frozen" as const),
    postmaster_frozen_for: seconds,
    crashed_for: seconds,
    others: fc.boolean(),
    primary: fc.boolean(),
    etcd_steady_for: fc.option(seconds),
    holder: fc.constantFrom("m1", "m2", null),
    lease_left: fc.option(seconds),
    disowned_for: seconds,
    failsafe: fc.boolean(),
    paused: fc.boolean(),
  })
  .map((seen) => ({
    ...seen,
    patroni_gone_for: seen.patroni === "gone" ? seen.patroni_gone_for : 0,
    patroni_frozen_for: seen.patroni === "frozen" ? seen.patroni_frozen_for : 0,
    patroni_age: seen.patroni === "gone" ? 0 : seen.patroni_age,
    postmaster_frozen_for: seen.postmaster === "frozen" ? seen.postmaster_frozen_for : 0,
    crashed_for: seen.postmaster === "none" ? seen.crashed_for : 0,
    primary: seen.postmaster !== "none" && seen.primary,
    disowned_for: seen.postmaster !== "none" && seen.primary && seen.holder === "m2" ? seen.disowned_for : 0,
  }));

describe("what the guard does, case by case", () => {
  const cases: [string, Partial<Observation>, Decision["action"], Observation?][] = [
    ["a healthy leader", {}, "nothing"],
    ["a healthy replica", {}, "nothing", replica],
    ["leader dead", dead, "release"],
    ["leader dead, etcd silent", { ...dead, etcd_steady_for: null }, "nothing"],
    ["leader dead in maintenance mode", { ...dead, paused: true }, "nothing"],
    ["a dead member that is not the leader", { ...dead, holder: "m2" }, "nothing"],
    ["only the leader's postmaster dead: Patroni decides", { postmaster: "none", primary: false }, "wake"],
    ["the same, crashed a second ago", { postmaster: "none", primary: false, crashed_for: 1 }, "fence"],
    ["the same, and nobody else", { postmaster: "none", primary: false, crashed_for: 9, others: false }, "wake"],
    ["the same in maintenance mode", { postmaster: "none", primary: false, paused: true }, "nothing"],
    ["the same, etcd silent", { postmaster: "none", primary: false, etcd_steady_for: null }, "nothing"],
    ["the same, Patroni stopped", { patroni: "frozen", postmaster: "none", primary: false }, "nothing"],
    ["a replica's postmaster dead", { postmaster: "none" }, "nothing", replica],
    ["leader's Patroni gone, within the grace", { ...gone, patroni_gone_for: 4.9 }, "nothing"],
    ["leader's Patroni gone, past the grace", { ...gone, patroni_gone_for: 5 }, "fence"],
    ["the same, etcd silent", { ...gone, patroni_gone_for: 5, etcd_steady_for: null }, "fence"],
    ["Patroni gone before it could promote", { ...gone, patroni_gone_for: 5, primary: false }, "fence"],
    ["a replica's Patroni gone", { ...gone, patroni_gone_for: 99 }, "nothing", replica],
    ["leader stopped, just now", { patroni: "frozen", postmaster: "frozen", postmaster_frozen_for: 1 }, "nothing"],
    ["leader stopped", { patroni: "frozen", postmaster: "frozen", postmaster_frozen_for: 5 }, "fence"],
    ["only its postmaster stopped", { postmaster: "frozen", postmaster_frozen_for: 5 }, "fence"],
    ["the same, etcd silent", { postmaster: "frozen", postmaster_frozen_for: 5, etcd_steady_for: null }, "nothing"],
    ["only its Patroni stopped", { patroni: "frozen", patroni_frozen_for: 3 }, "revive"],
    ["a replica's Patroni stopped", { patroni: "frozen", patroni_frozen_for: 99 }, "nothing", replica],
    ["lease not renewed", { lease_left: 8.9 }, "revive"],
    ["lease not renewed, but Patroni is new", { lease_left: 8.9, patroni_age: 2 }, "nothing"],
    ["lease nearly over", { lease_left: 4.9 }, "fence"],
    ["lease nearly over, but etcd has just come back", { lease_left: 1, etcd_steady_for: 9 }, "nothing"],
    ["lease nearly over, but failsafe_mode leads", { lease_left: 1, failsafe: true }, "nothing"],
    ["a lease of unknown length", { lease_left: null }, "nothing"],
    ["writable without the key, seen once", { holder: "m2" }, "nothing"],
    ["writable without the key, seen again", { holder: "m2", disowned_for: 0.2 }, "fence"],
    ["writable, nobody has the key, Patroni at work", { holder: null, lease_left: null }, "nothing"],
    ["writable, nobody has the key, Patroni gone", { ...gone, holder: null, lease_left: null }, "fence"],
    ["writable, nobody has the key, stopped", { patroni: "frozen", holder: null, lease_left: null }, "fence"],
  ];
  const answers = decide(cases.map(([, change, , base]) => ({ ...(base ?? leader), ...change })));
  it.each(cases.map(([name, , action], index) => [name, action, index] as const))("%s: %s", (_, action, index) => {
    expect(answers[index]?.action).toBe(action);
  });
});

describe("whatever the guard sees", () => {
  // One run of Python for all rules; a broken one shows the case itself.
  const cases = fc.sample(observation, 10_000);
  const decisions = decide(cases);
  const holds = (rule: (seen: Observation, decision: Decision) => boolean) => {
    const pairs = cases.map((seen, index) => [seen, decisions[index] as Decision] as const);
    expect(pairs.find(([seen, decision]) => !rule(seen, decision))).toBeUndefined();
  };

  it("acts in every way there is, so that no rule below holds for want of cases", () => {
    expect(new Set(decisions.map(({ action }) => action))).toEqual(
      new Set(["nothing", "wake", "release", "revive", "fence"]),
    );
  });

  it("releases a key only of a member that is dead and holds it", () =>
    holds(
      (seen, { action }) =>
        action !== "release" ||
        (seen.patroni === "gone" &&
          seen.postmaster === "none" &&
          seen.etcd_steady_for !== null &&
          seen.holder === "m1"),
    ));

  it("always releases the key of a dead leader, unless in maintenance mode", () =>
    holds(
      (seen, { action }) =>
        seen.paused ||
        !(
          seen.patroni === "gone" &&
          seen.postmaster === "none" &&
          seen.etcd_steady_for !== null &&
          seen.holder === "m1"
        ) ||
        action === "release",
    ));

  it("does nothing in maintenance mode", () => holds((seen, { action }) => !seen.paused || action === "nothing"));

  it("leaves alone what neither leads nor writes", () =>
    holds((seen, { action }) => seen.primary || seen.holder === "m1" || action === "nothing"));

  it("fences nothing whose Patroni lives while etcd is silent", () =>
    holds((seen, { action }) => seen.patroni === "gone" || seen.etcd_steady_for !== null || action !== "fence"));

  it("touches no leader that runs and renews its lease", () =>
    holds(
      (seen, { action }) =>
        !(seen.patroni === "alive" && seen.postmaster === "running" && seen.holder === "m1") ||
        (seen.lease_left ?? 20) < 9 ||
        action === "nothing",
    ));

  it("wakes only the living Patroni of a leader whose server is dead", () =>
    holds(
      (seen, { action }) =>
        action !== "wake" || (seen.patroni === "alive" && seen.postmaster === "none" && seen.holder === "m1"),
    ));

  it("fences a primary without Patroni at the end of the grace, whatever else", () =>
    holds(
      (seen, { action }) =>
        seen.paused || !(seen.primary && seen.patroni === "gone" && seen.patroni_gone_for >= 5) || action === "fence",
    ));

  it("fences a primary whose key is another's, whatever else", () =>
    holds(
      (seen, { action }) =>
        seen.paused ||
        !(seen.primary && seen.etcd_steady_for !== null && seen.holder === "m2" && seen.disowned_for >= 0.2) ||
        action === "fence",
    ));

  it("says why whenever it acts", () => holds((_, { action, reason }) => action === "nothing" || reason.length > 10));
});
