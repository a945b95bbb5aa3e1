import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alerts } from "../../../../components/catalogue/alerts";
import { issue, newAuthority } from "../../../../components/local/provider/host/tls";
import { formatWindow, parseWindow } from "../../../../components/spec/windows";
import { firing, unmeasured } from "../../../../ops/status/alarms";
import { membersOf, backupsOf as rdsBackups } from "../../../../ops/status/aws";
import { backupsOf } from "../../../../ops/status/backups";
import { bySql } from "../../../../ops/status/cloud";
import { certificateOf, poolOf } from "../../../../ops/status/local";
import { problemsOf } from "../../../../ops/status/look";
import { alarmsIn } from "../../../../ops/status/prometheus";
import { render, size, span } from "../../../../ops/status/render";
import { figuresOf } from "../../../../ops/status/sql";
import type { Status } from "../../../../ops/status/status";
import { nextStart } from "../../../../ops/status/windows";

const window = (text: string) => {
  const parsed = parseWindow(text, "UTC");
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
};

describe("the next start of a window", () => {
  const zones = [
    "UTC",
    "Europe/Berlin",
    "Asia/Shanghai",
    "America/St_Johns",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
  ];
  const anyWindow = fc.record({
    day: fc.constantFrom("", "Sun ", "Wed ", "Sat "),
    hour: fc.integer({ min: 0, max: 22 }),
    zone: fc.constantFrom(...zones),
  });
  const anyTime = fc.date({ min: new Date("2026-01-01"), max: new Date("2028-01-01"), noInvalidDate: true });

  it("is not past, is the first, and shows the window's time on the zone's clocks", () =>
    fc.assert(
      fc.property(anyWindow, anyTime, ({ day, hour, zone }, now) => {
        const text = `${day}${String(hour).padStart(2, "0")}:00-23:00 ${zone}`;
        const next = nextStart(window(text), now);
        expect(next.getTime()).toBeGreaterThanOrEqual(now.getTime());
        // A week, and the hour that a change of clocks adds.
        expect(next.getTime() - now.getTime()).toBeLessThanOrEqual((day ? 7 * 24 + 1 : 25) * 3_600_000);
        const clock = new Intl.DateTimeFormat("en-GB", {
          timeZone: zone,
          weekday: "short",
          hour: "2-digit",
          minute: "2-digit",
        });
        const shown = clock.format(next).replace(",", "");
        // In the hour that clocks leap over there is no such time.
        const leapt = `${String(hour + 1).padStart(2, "0")}:`;
        if (!shown.includes(` ${leapt}`)) expect(shown).toContain(`${String(hour).padStart(2, "0")}:00`);
        if (day) expect(shown).toContain(day.trim());
      }),
    ));

  it.each([
    ["01:00-02:00 UTC", "2026-11-23T00:59:59Z", "2026-11-23T01:00:00.000Z"],
    ["01:00-02:00 UTC", "2026-11-23T01:00:01Z", "2026-11-24T01:00:00.000Z"],
    ["Sun 02:00-04:00 Europe/Berlin", "2026-11-23T12:00:00Z", "2026-11-29T01:00:00.000Z"],
    // Clocks go back on this day.
    ["Sun 03:30-04:00 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T02:30:00.000Z"],
  ])("%s after %s", (text, now, next) => {
    expect(nextStart(window(text), new Date(now)).toISOString()).toBe(next);
    expect(formatWindow(window(text))).toBe(text);
  });
});

describe("alarms by one look", () => {
  it("fire above the limit and not at it, whichever alert and limit it is", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...alerts),
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 1, max: 1000 }),
        ({ id }, above, more) => {
          const thresholds = { [id]: { above, for: 300 } };
          expect(firing([{ alert: id, value: above }], thresholds)).toEqual([]);
          expect(firing([{ alert: id, value: above + more }], thresholds).map((alarm) => alarm.id)).toEqual([id]);
        },
      ),
    ));

  it("tell whose figure it is, against the stack's own limit, else the catalogue's", () => {
    const figures = [
      { alert: "connections", member: "member-1", value: 85.04 },
      { alert: "connections", member: "member-2", value: 12 },
    ];
    expect(firing(figures, undefined)).toMatchObject([{ id: "connections", detail: "member-1: 85 % (above 80 %)" }]);
    expect(firing(figures, { connections: { above: 90, for: 0 } })).toEqual([]);
    expect(unmeasured(figures)).not.toContain("connections");
    expect(unmeasured(figures)).toContain("cpu");
  });

  it("come from what servers tell, the primary's and the replicas' each", () => {
    const facts = { used: 100, most: 200, walBytes: 50, slotBytes: 5, transactionAge: 7, archiveWait: 3, replayLag: 4 };
    const ids = (recovery: boolean) =>
      figuresOf("m", { ...facts, recovery }, 1000).map(({ alert, value }) => [alert, value]);
    expect(ids(false)).toEqual([
      ["connections", 50],
      ["walDisk", 5],
      ["transactionAge", 7],
      ["slotLag", 0.5],
      ["archiving", 3],
    ]);
    expect(ids(true)).toEqual([
      ["connections", 50],
      ["walDisk", 5],
      ["replicationLag", 4],
    ]);
    // What a service keeps to itself is no figure of nought.
    expect(figuresOf("m", { recovery: false }, undefined)).toEqual([]);
  });

  it("come from Prometheus once they fire there", () => {
    const alert = (state: "firing" | "pending") => ({
      state,
      labels: { alertname: "cpu" },
      annotations: { title: "CPU is busy", summary: "95 %" },
    });
    expect(alarmsIn({ data: { alerts: [alert("pending"), alert("firing")] } })).toEqual([
      { id: "cpu", title: "CPU is busy", detail: "95 %" },
    ]);
  });
});

describe("backups", () => {
  const status = {
    writtenAt: 1000,
    nextStart: 5000,
    running: null,
    problem: null,
    daily: { lastSuccess: 900, lastFailure: null },
  };

  it("say what failed, and that a scheduler has fallen silent", () => {
    expect(backupsOf(status, 1010)).toEqual({ lastFull: 900, nextStart: 5000, failures: [] });
    const failed = { at: 990, message: "disk full", inARow: 3 };
    expect(backupsOf({ ...status, archive: { lastSuccess: null, lastFailure: failed } }, 1010).failures).toEqual([
      "the monthly archive failed 3 times in a row: disk full",
    ]);
    expect(
      backupsOf({ ...status, proof: { lastSuccess: null, lastFailure: failed, backup: null } }, 1010).failures,
    ).toEqual(["the proof of the newest archive failed 3 times in a row: disk full"]);
    expect(backupsOf(status, 2000).failures).toEqual(["the scheduler has said nothing for 17 minutes"]);
    // While pgBackRest works it has nothing to say.
    expect(backupsOf({ ...status, running: { name: "daily", since: 1000 } }, 9000).failures).toEqual([]);
    expect(backupsOf({ ...status, problem: "pgbackrest info: no" }, 1010).failures).toEqual(["pgbackrest info: no"]);
  });

  it("of RDS are what it could restore", () => {
    const at = new Date("2026-11-23T02:00:00Z");
    expect(rdsBackups({ LatestRestorableTime: at }, [])).toMatchObject({
      recoverableTo: at.getTime() / 1000,
      failures: [],
    });
    expect(rdsBackups(undefined, [{}])?.failures).toHaveLength(1);
  });
});

describe("members", () => {
  it("of a cluster on RDS are its instances, each with its part", () => {
    const cluster = {
      DBClusterMembers: [{ DBInstanceIdentifier: "a", IsClusterWriter: true }, { DBInstanceIdentifier: "b" }],
    };
    const instances = [
      { DBInstanceIdentifier: "a", DBInstanceStatus: "backing-up" },
      { DBInstanceIdentifier: "b", DBInstanceStatus: "rebooting" },
    ];
    expect(membersOf(cluster, instances)).toEqual([
      { name: "a", role: "primary", state: "backing-up", well: true },
      { name: "b", role: "replica", state: "rebooting", well: false },
    ]);
  });

  it("by SQL alone are the endpoints, and one that leads elsewhere is not well", () => {
    expect(bySql({ recovery: false }, { recovery: true }).map(({ well }) => well)).toEqual([true, true]);
    expect(bySql({ recovery: true }, undefined).map(({ well }) => well)).toEqual([false, false]);
    expect(bySql({ recovery: false }, { recovery: false })).toHaveLength(1);
  });
});

describe("a pool", () => {
  it("adds up what PgBouncer shows, without its own console", () =>
    expect(
      poolOf(
        "writer",
        "database,user,cl_active,cl_waiting,sv_active,sv_idle,sv_used,sv_tested,maxwait\nlicense,app,3,2,4,1,1,0,7\nlicense,other,1,0,0,0,0,0,0\npgbouncer,pgbouncer,9,0,0,0,0,0,0\n",
      ),
    ).toEqual({
      name: "writer",
      clientsActive: 4,
      clientsWaiting: 2,
      serversActive: 4,
      serversIdle: 2,
      longestWait: 7,
    }));
});

it("a certificate's days are counted to its end, and its life from its beginning", async () => {
  const { cert } = await issue(await newAuthority("test", 10), "server", ["localhost"], 100);
  const found = certificateOf("server", Buffer.from(cert), Date.now() + 75 * 86_400_000);
  expect(found.daysLeft).toBe(24);
  expect(found.life).toBeCloseTo(75, 0);
});

const well: Status = {
  stack: "prod",
  vendor: "local",
  at: "2026-11-23T02:00:00.000Z",
  version: "15.18 (Debian)",
  members: [
    { name: "member-1", role: "primary", state: "running", well: true, connections: { used: 3, most: 200 } },
    { name: "member-2", role: "replica", state: "streaming", well: true, lagBytes: 2_097_152, lagSeconds: 12.3 },
  ],
  pools: [{ name: "writer", clientsActive: 1, clientsWaiting: 2, serversActive: 3, serversIdle: 4, longestWait: 5 }],
  backups: { lastFull: Date.parse("2026-11-23T01:00:00Z") / 1000, failures: [] },
  certificates: [{ name: "server", ends: "2027-11-23T00:00:00.000Z", daysLeft: 364 }],
  alarms: { source: "Prometheus", firing: [] },
  windows: [{ name: "maintenance", window: "Sun 02:00-04:00 UTC", next: "2026-11-29T02:00:00.000Z" }],
  problems: [],
  unseen: ["cpu"],
};

describe("the screen", () => {
  const plain = (_: string, text: string) => text;

  it("shows everything, without a colour where there is none", () => {
    const text = render(well, plain);
    for (const part of [
      "PostgreSQL 15.18  well",
      "2.0 MB, 12 s",
      "3 of 200",
      "2 for 5 s",
      "full 60 min ago",
      "server 364 days",
      "maintenance in 6 days",
      "never",
      "not seen: cpu",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain("\x1b");
  });

  it("says of a drill that runs that alarms may be its doing", () => {
    const drill = { kind: "failover", since: "2026-11-23T01:59:50.000Z" } as const;
    expect(render({ ...well, drill }, plain)).toContain(
      "drill         failover is running since 2026-11-23 01:59:50Z: alarms may be its doing",
    );
  });

  it("says what is not well, and paints it", () => {
    const painted = render(
      { ...well, problems: ["No member takes writes."] },
      (colour, text) => `<${colour}>${text}</${colour}>`,
    );
    expect(painted).toContain("<red>NOT WELL</red>");
    expect(painted).toContain("<red>! No member takes writes.</red>");
  });

  it.each([
    [0, "0 s"],
    [89, "89 s"],
    [90, "2 min"],
    [5400, "2 h"],
    [172_800, "2 days"],
    [-5, "0 s"],
  ])("writes %d seconds as %s", (seconds, wanted) => expect(span(seconds)).toBe(wanted));

  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 kB"],
    [5_368_709_120, "5.0 GB"],
  ])("writes %d bytes as %s", (bytes, wanted) => expect(size(bytes)).toBe(wanted));
});

describe("problems", () => {
  const none = { ...well };
  it.each([
    { change: {}, replicas: 1, says: [] },
    { change: {}, replicas: 2, says: [/1 of 2 replicas/] },
    { change: { members: [] }, replicas: 0, says: [/No member takes writes/] },
    {
      change: { members: [{ ...well.members[0], well: false, state: "starting" }] as Status["members"] },
      replicas: 0,
      says: [/No member takes writes/, /member-1 \(primary\) is not well: starting/],
    },
    { change: { backups: { failures: ["it failed"] } }, replicas: 1, says: [/it failed/] },
    {
      change: { alarms: { source: "x", firing: [{ id: "cpu", title: "CPU", detail: "99 %" }] } },
      replicas: 1,
      says: [/Alarm: CPU \(99 %\)/],
    },
  ])("$says", ({ change, replicas, says }) => {
    const found = problemsOf({ ...none, ...change }, replicas);
    expect(found).toHaveLength(says.length);
    for (const [index, one] of says.entries()) expect(found[index]).toMatch(one);
  });
});
