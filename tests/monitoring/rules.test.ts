import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type AlertId, alerts } from "../../components/catalogue/alerts";
import { grafanaDashboard } from "../../components/local/dashboard";
import { renderAlertmanager } from "../../components/local/provider/config/monitoring/alertmanager";
import { renderPrometheus } from "../../components/local/provider/config/monitoring/prometheus";
import {
  alertRules,
  type Rule,
  renderRules,
  type Thresholds,
} from "../../components/local/provider/config/monitoring/rules";
import type { Place } from "../../components/local/provider/place";
import { ensureMonitoringTools } from "../../components/local/tools";

/** Seconds between two looks, in these tests and as the default has it. */
const INTERVAL = 15;

/** A series that stands still, or moves by `step` with each look. */
interface Series {
  readonly name: string;
  readonly from: number;
  readonly step?: number;
}

const standing = (name: string, value: number): Series => ({ name, from: value });
/** As a clock that shows `offset` seconds after (or before) now. */
const clock = (name: string, offset: number): Series => ({ name, from: offset, step: INTERVAL });
/** A counter of seconds that grows by `share` of each second. */
const counter = (name: string, share: number): Series => ({
  name,
  from: 1e6,
  step: share * INTERVAL,
});

const DISK = standing('license_db_volume_size_bytes{volume="data"}', 1000);
const PRIMARY = standing('license_db_member_primary{member="member-1"}', 1);

/** Figures as they are collected, such that an alert's own figure is `x`. */
const collected: Readonly<Record<AlertId, (x: number) => readonly Series[]>> = {
  cpu: (x) => [
    // Two processors; waiting for a disk is no work.
    ...[0, 1].flatMap((cpu) => [
      counter(`node_cpu_seconds_total{cpu="${cpu}",mode="idle"}`, (100 - x) / 200),
      counter(`node_cpu_seconds_total{cpu="${cpu}",mode="iowait"}`, (100 - x) / 200),
      counter(`node_cpu_seconds_total{cpu="${cpu}",mode="user"}`, x / 100),
    ]),
  ],
  memory: (x) => [
    standing("node_memory_MemTotal_bytes", 1000),
    standing("node_memory_MemAvailable_bytes", 10 * (100 - x)),
    // What the kernel can reclaim is not used.
    standing("node_memory_MemFree_bytes", 0),
  ],
  disk: (x) => [
    standing('license_db_volume_used_bytes{volume="data"}', x),
    standing('license_db_volume_free_bytes{volume="data"}', 100 - x),
  ],
  replicationLag: (x) => [
    standing('license_db_replication_lag_seconds{member="member-2"}', x),
    standing('license_db_replication_lag_seconds{member="member-3"}', 0),
  ],
  connections: (x) => [
    standing('license_db_connections{member="member-1"}', 2 * x),
    standing('license_db_max_connections{member="member-1"}', 200),
  ],
  transactionAge: (x) => [
    standing('pg_database_wraparound_age_datfrozenxid_seconds{datname="postgres",member="member-1"}', 0),
    standing('pg_database_wraparound_age_datfrozenxid_seconds{datname="licenses",member="member-1"}', (x / 100) * 2e9),
  ],
  slotLag: (x) => [
    DISK,
    PRIMARY,
    standing('pg_replication_slots_pg_wal_lsn_diff{member="member-1",slot_name="member_2"}', 10 * x),
    // What a replica keeps for itself is no consumer that lags.
    standing('pg_replication_slots_pg_wal_lsn_diff{member="member-2",slot_name="member_3"}', 1e9),
  ],
  walDisk: (x) => [DISK, standing('pg_wal_size_bytes{member="member-2"}', 10 * x)],
  diskIo: (x) => [
    counter('node_disk_io_time_seconds_total{device="sda"}', x / 100),
    counter('node_disk_io_time_seconds_total{device="sdb"}', 0),
    counter('node_disk_io_time_seconds_total{device="loop7"}', 1),
  ],
  archiveFailed: (x) => [
    standing('license_db_backup_failures_in_a_row{kind="archive"}', x),
    standing('license_db_backup_failures_in_a_row{kind="daily"}', 9),
  ],
  backupAge: (x) => [
    clock('license_db_backup_last_success_seconds{kind="daily"}', -x),
    clock('license_db_backup_last_success_seconds{kind="archive"}', -1e9),
  ],
  archiving: (x) => [standing('license_db_archive_waiting_seconds{member="member-1"}', x)],
  certificate: (x) => [
    clock('license_db_certificate_begin_seconds{member="member-1"}', -x),
    clock('license_db_certificate_end_seconds{member="member-1"}', 100 - x),
  ],
  noPrimary: (x) => [standing("license_db_without_primary_seconds", x)],
  missingReplicas: (x) => [standing("license_db_members", 3), standing("license_db_streaming_replicas", 2 - x)],
  splitBrain: (x) => [standing("license_db_primaries", 1 + x)],
};

/** The first look that gives a right figure: rates need two, and a rate that is no part of another the whole of its range. */
const firstLook = (id: AlertId): number => ({ cpu: INTERVAL, diskIo: 3 * INTERVAL })[id as string] ?? 0;

/** The least that is above: counts are whole. */
const above = (limit: number, unit: string): number => (unit === "" ? limit + 1 : limit * 1.001 + 0.001);

const LOOKS = 60;

describe("the rules of the local cluster's alerts", () => {
  let promtool: string;
  let folder: string;
  beforeAll(async () => {
    ({ promtool } = await ensureMonitoringTools());
    folder = mkdtempSync(join(tmpdir(), "license-db-rules-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]): string => {
    try {
      return execFileSync(promtool, args, { encoding: "utf8", stdio: "pipe", cwd: folder });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return `failed: ${stdout}${stderr}`;
    }
  };

  /** What an alert should do while its figure is `first`, and from look `changed` on `later`. */
  interface Story {
    readonly name: string;
    readonly first: number;
    readonly later?: number;
    readonly changed?: number;
    /** Seconds -> whether it fires then. */
    readonly fires: readonly (readonly [at: number, firing: boolean])[];
  }

  function tell(id: AlertId, stories: readonly Story[], thresholds: Thresholds = {}): string {
    writeFileSync(join(folder, "rules.yml"), renderRules(thresholds, INTERVAL));
    const tests = stories.map((story) => ({
      name: story.name,
      interval: `${INTERVAL}s`,
      input_series: seriesOf(id, story),
      promql_expr_test: story.fires.map(([at, firing]) => ({
        expr: `count(ALERTS{alertname="${id}",alertstate="firing"})`,
        eval_time: `${at}s`,
        exp_samples: firing ? [{ labels: "{}", value: 1 }] : [],
      })),
    }));
    const file = { rule_files: ["rules.yml"], evaluation_interval: `${INTERVAL}s`, tests };
    writeFileSync(join(folder, "test.yml"), stringify(file, { aliasDuplicateObjects: false }));
    return run("test", "rules", "test.yml");
  }

  function seriesOf(id: AlertId, { first, later, changed = LOOKS }: Story) {
    const before = collected[id](first);
    const after = collected[id](later ?? first);
    return before.map(({ name, from, step = 0 }, index) => {
      const next = after[index] as Series;
      const values = Array.from({ length: LOOKS }, (_, look) => {
        if (look < changed) return from + look * step;
        // A counter goes on from where it was; all else is as if it had never been otherwise.
        const isCounter = name.includes("_total");
        return isCounter
          ? from + changed * step + (look - changed) * (next.step ?? 0)
          : next.from + look * (next.step ?? 0);
      });
      return { series: name, values: values.join(" ") };
    });
  }

  it("are accepted by Prometheus, whatever thresholds somebody sets", () => {
    const threshold = fc.record({
      above: fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.double({ min: 0, max: 100, noNaN: true })),
      for: fc.oneof(fc.integer({ min: 0, max: 86_400 }), fc.double({ min: 0, max: 600, noNaN: true })),
    });
    const ids = alerts.map(({ id }) => id);
    const asked = fc.record(Object.fromEntries(ids.map((id) => [id, threshold])), { requiredKeys: [] });
    const samples = fc.sample(fc.tuple(asked, fc.integer({ min: 1, max: 15 })), 60);
    const groups = samples.map(([thresholds, interval], index) => ({
      name: `sample-${index}`,
      rules: alertRules(thresholds as Thresholds, interval),
    }));
    writeFileSync(join(folder, "samples.yml"), stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false }));
    expect(run("check", "rules", "--lint=none", "samples.yml")).toMatch(
      new RegExp(`SUCCESS: ${samples.length * (alerts.length + 1)} rules found`),
    );
  });

  it("pass Prometheus's own linter as they stand", () => {
    writeFileSync(join(folder, "rules.yml"), renderRules({}, INTERVAL));
    expect(run("check", "rules", "--lint=all", "--lint-fatal", "rules.yml")).toMatch(/SUCCESS/);
  });

  it("draw on no expression in the dashboard that Prometheus would not take", () => {
    const drawn = grafanaDashboard(
      "license-db-prod",
      3,
      Object.fromEntries(alerts.map((one) => [one.id, one.threshold])),
    );
    const lines = drawn.panels.flatMap(({ targets }) => targets);
    const expressions = [...lines, ...drawn.annotations.list].map(({ expr }) => expr);
    const rules = expressions.map((expr, index) => ({
      record: `drawn:${index}`,
      expr: expr.replaceAll("$__rate_interval", "1m"),
    }));
    writeFileSync(join(folder, "drawn.yml"), stringify({ groups: [{ name: "drawn", rules }] }, { lineWidth: 0 }));
    expect(run("check", "rules", "drawn.yml")).toMatch(new RegExp(`SUCCESS: ${rules.length} rules found`));
  });

  it("are one for each alert of the list, with what a person needs to know", () => {
    const rules = alertRules({}, INTERVAL);
    expect(rules.map(({ alert }) => alert)).toEqual([...alerts.map(({ id }) => id), "unwatched"]);
    for (const { annotations } of rules) {
      for (const part of ["title", "summary", "runbook"]) expect(annotations[part]).toMatch(/\w{3}/);
    }
  });

  it.each(alerts.map((alert) => [alert.id, alert] as const))(
    "%s fires at its boundary, for its duration",
    (id, alert) => {
      const { above: limit, for: lasting } = alert.threshold;
      const begin = firstLook(id);
      const over = above(limit, alert.unit);
      const last = (LOOKS - 1) * INTERVAL;
      const due = begin + lasting;
      // The look that ends it, and one at which a rate has forgotten what was before.
      const dropped = (due + 4 * INTERVAL) / INTERVAL;
      const forgotten = (dropped + 5) * INTERVAL;
      expect(
        tell(id, [
          {
            name: "at the limit it is silent",
            first: limit,
            fires: [
              [begin, false],
              [due, false],
              [last, false],
            ],
          },
          {
            name: "below it is silent",
            first: Math.max(0, limit * 0.999 - 0.001),
            fires: [
              [due, false],
              [last, false],
            ],
          },
          {
            name: "above the limit it fires when it has lasted, and no earlier",
            first: over,
            fires: [...(due > begin ? ([[due - INTERVAL, false]] as const) : []), [due, true], [last, true]],
          },
          {
            name: "it ends when the figure is back at the limit",
            first: over,
            later: limit,
            changed: dropped,
            fires: [
              [due, true],
              [forgotten, false],
              [last, false],
            ],
          },
          ...(lasting > 0
            ? [
                {
                  name: "a shorter excess is nobody's business",
                  first: over,
                  later: 0,
                  changed: Math.max(1, (due - 2 * INTERVAL) / INTERVAL),
                  fires: [
                    [due, false],
                    [last, false],
                  ] as const,
                },
              ]
            : []),
        ]),
      ).toMatch(/SUCCESS/);
    },
  );

  it("follow the stack's own thresholds", () => {
    const thresholds = { cpu: { above: 50, for: 60 } };
    const stories: Story[] = [
      {
        name: "below the list's limit",
        first: 60,
        fires: [
          [INTERVAL, false],
          [INTERVAL + 60, true],
        ],
      },
      { name: "at the stack's", first: 50, fires: [[INTERVAL + 60, false]] },
    ];
    expect(tell("cpu", stories, thresholds)).toMatch(/SUCCESS/);
    expect(tell("cpu", stories)).toMatch(/failed.*expr: "count\(ALERTS/s);
  });

  it("say that a drill runs while one does", () => {
    writeFileSync(join(folder, "rules.yml"), renderRules({ noPrimary: { above: 30, for: 0 } }, INTERVAL));
    const { annotations, labels } = alertRules({}, INTERVAL).find(({ alert }) => alert === "noPrimary") as Rule;
    const at = (seconds: number, drill: string) => ({
      eval_time: `${seconds}s`,
      alertname: "noPrimary",
      exp_alerts: [
        {
          exp_labels: labels,
          exp_annotations: {
            ...annotations,
            summary: `time without a member that takes writes: 40 s; more than 30 s.${drill}`,
          },
        },
      ],
    });
    const test = {
      interval: `${INTERVAL}s`,
      input_series: [
        { series: "license_db_without_primary_seconds", values: "40x9" },
        { series: 'license_db_drill{drill="failover"}', values: "0 1 1 0 0" },
        { series: 'license_db_drill{drill="restore"}', values: "0x9" },
      ],
      alert_rule_test: [at(0, ""), at(INTERVAL, " A drill (failover) is running."), at(3 * INTERVAL, "")],
    };
    const file = { rule_files: ["rules.yml"], evaluation_interval: `${INTERVAL}s`, tests: [test] };
    writeFileSync(join(folder, "test.yml"), stringify(file, { aliasDuplicateObjects: false }));
    expect(run("test", "rules", "test.yml")).toMatch(/SUCCESS/);
  });

  it("stand in files that Prometheus and Alertmanager take as they are", async () => {
    const { amtool } = await ensureMonitoringTools();
    const ports = { writer: 5432, reader: 5433, balancedWriter: 25_402, balancedReader: 25_403 };
    const further = { etcdClient: 25_404, etcdPeer: 25_405, postgres: 25_409, patroni: 25_419 };
    const place: Place = {
      folder: join(folder, "cluster"),
      backupFolder: join(folder, "backups"),
      clusterId: "0123abcd",
      name: "license-db-local",
      ports: { ...ports, ...further },
    };
    const told = ["https://example.com/a?b='c'", "https://hooks.slack.com/services/x", "ada@example.com"];
    const contacts = [...told, "https://oapi.dingtalk.com/robot/send?access_token=x"];
    const mail = {
      host: "smtp.example.com",
      port: 25,
      from: "a@example.com",
      username: "u",
      password: "p'\"",
      requireTls: true,
    };
    for (const [asked, from] of [
      [contacts, mail],
      [[], undefined],
    ] as const) {
      const config = renderAlertmanager(place, {
        contacts: asked,
        interval: INTERVAL,
        ...(from ? { mail: from } : {}),
      });
      writeFileSync(join(folder, "alertmanager.yml"), config);
      const found = execFileSync(amtool, ["check-config", join(folder, "alertmanager.yml")], { encoding: "utf8" });
      expect(found).toMatch(/SUCCESS/);
    }
    const prometheus = renderPrometheus(place, {
      members: ["member-1", "member-2"],
      interval: INTERVAL,
      database: "licenses",
    });
    writeFileSync(join(folder, "prometheus.yml"), prometheus);
    expect(run("check", "config", "--syntax-only", "prometheus.yml")).toMatch(/SUCCESS/);
  });

  it("tell when what watches is silent itself", () => {
    writeFileSync(join(folder, "rules.yml"), renderRules({}, INTERVAL));
    const fires = (names: readonly string[]) => names.map((job) => ({ labels: `{job="${job}"}`, value: 1 }));
    const at = (seconds: number, jobs: readonly string[]) => ({
      expr: 'count by (job) (ALERTS{alertname="unwatched",alertstate="firing"})',
      eval_time: `${seconds}s`,
      exp_samples: fires(jobs),
    });
    const up = (job: string, values: string) => ({ series: `up{job="${job}"}`, values });
    const tests = [
      {
        name: "each target that is down, after two minutes",
        interval: `${INTERVAL}s`,
        input_series: [up("watcher", "1x59"), up("machine", "0x59"), up("alertmanager", "1x59")],
        promql_expr_test: [at(105, []), at(120, ["machine"])],
      },
      {
        name: "a watcher that Prometheus does not know",
        interval: `${INTERVAL}s`,
        input_series: [up("machine", "1x59")],
        promql_expr_test: [at(120, ["watcher"])],
      },
      {
        name: "a member that is down is told of by others, an exporter that reaches none is not",
        interval: `${INTERVAL}s`,
        input_series: [
          up("watcher", "1x59"),
          { series: 'up{job="postgresql",member="member-1"}', values: "1x19 0x39" },
          { series: 'up{job="postgresql",member="member-2"}', values: "0x59" },
          { series: 'up{job="patroni",member="member-2"}', values: "0x59" },
        ],
        promql_expr_test: [at(285, []), at(20 * INTERVAL + 120, ["postgresql"])],
      },
    ];
    const file = { rule_files: ["rules.yml"], evaluation_interval: `${INTERVAL}s`, tests };
    writeFileSync(join(folder, "test.yml"), stringify(file, { aliasDuplicateObjects: false }));
    expect(run("test", "rules", "test.yml")).toMatch(/SUCCESS/);
  });
});
