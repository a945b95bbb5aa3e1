import { describe, expect, it } from "vitest";
import {
  allowedFor,
  canonicalValue,
  changeOf,
  findParameter,
  nearestParameter,
  ownerOf,
  type Parameter,
  parameters,
  toBaseUnit,
} from "../../../components/catalogue/parameters";
import { seed } from "../../../components/spec/defaults";

function named(name: string): Parameter {
  const parameter = findParameter(name);
  if (!parameter) throw new Error(`no parameter ${name}`);
  return parameter;
}
function canonical(name: string, value: unknown): string | undefined {
  const parsed = canonicalValue(named(name), value);
  return parsed.ok ? parsed.value : undefined;
}

it("holds all of PostgreSQL 15, and the two contrib modules that tell about queries", () => {
  expect(parameters.length).toBeGreaterThan(350);
  for (const name of ["shared_buffers", "pg_stat_statements.max", "auto_explain.log_min_duration"])
    expect(findParameter(name)).toBeDefined();
  expect(parameters.map(({ name }) => name)).toEqual([...new Set(parameters.map(({ name }) => name))]);
});

it("has every figure of R6 to R9 in the form of SHOW", () => {
  for (const [name, value] of Object.entries(seed.parameters))
    expect({ [name]: canonical(name, value) }).toEqual({ [name]: value });
});

it("finds names whatever their case, former names, and near ones", () => {
  expect(findParameter("TIMEZONE")?.name).toBe("TimeZone");
  expect(findParameter("sort_mem")?.name).toBe("work_mem");
  expect(findParameter("constructor")).toBeUndefined();
  expect(nearestParameter("shared_bufers")).toBe("shared_buffers");
  expect(nearestParameter("wrok_mem")).toBe("work_mem");
  expect(nearestParameter("quux")).toBeUndefined();
});

it.each([
  ["shared_buffers", "4GB", "4GB"],
  ["shared_buffers", 524_288, "4GB"],
  ["shared_buffers", "4096MB", "4GB"],
  ["shared_buffers", "0.5GB", "512MB"],
  ["work_mem", "20480", "20MB"],
  ["checkpoint_timeout", "90s", "90s"],
  ["checkpoint_timeout", "1.5min", "90s"],
  ["checkpoint_completion_target", 0.9, "0.9"],
  ["random_page_cost", "1.10", "1.1"],
  ["autovacuum_vacuum_cost_delay", "2000us", "2ms"],
  ["hot_standby_feedback", true, "on"],
  ["hot_standby_feedback", "Yes", "on"],
  ["hot_standby_feedback", 0, "off"],
  ["wal_level", "LOGICAL", "logical"],
  ["synchronous_commit", true, "on"],
  ["log_min_duration_statement", -1, "-1"],
  ["shared_preload_libraries", ["pg_stat_statements", "auto_explain"], "pg_stat_statements, auto_explain"],
  ["TimeZone", "asia/shanghai", "Asia/Shanghai"],
  ["DateStyle", "ISO, DMY", "ISO, DMY"],
  ["search_path", '"$user", public', '"$user", public'],
])("%s = %j is %s", (name, value, shown) => expect(canonical(name, value)).toBe(shown));

it.each([
  ["shared_buffers", "4gb"],
  ["shared_buffers", "4 parsecs"],
  ["shared_buffers", "-4GB"],
  ["shared_buffers", "1e309"],
  ["shared_buffers", null],
  ["shared_buffers", {}],
  ["shared_buffers", ["4GB"]],
  ["max_connections", "200.5"],
  ["max_connections", "0"],
  ["max_connections", "0200"],
  ["max_connections", "200MB"],
  ["checkpoint_completion_target", 1.1],
  ["checkpoint_completion_target", "NaN"],
  ["hot_standby_feedback", "o"],
  ["hot_standby_feedback", "maybe"],
  ["wal_level", "archive"],
  ["wal_level", true],
  ["DateStyle", "YMD first"],
  ["TimeZone", "Mars/Base"],
  ["shared_preload_libraries", "a b"],
  ["log_line_prefix", "two\nlines"],
  ["wal_buffers", "8kB"],
])("%s = %j is refused", (name, value) => {
  const parsed = canonicalValue(named(name), value);
  expect(parsed).toMatchObject({ ok: false, allowed: allowedFor(named(name)), mend: expect.stringMatching(/./) });
});

it("says the nearest unit and word", () => {
  expect(canonicalValue(named("work_mem"), "20mb")).toMatchObject({ nearest: "20MB" });
  expect(canonicalValue(named("wal_level"), "logicla")).toMatchObject({ nearest: "logical" });
  expect(canonicalValue(named("statement_timeout"), "5m")).toMatchObject({ ok: false });
});

it("converts to base units for services that know no others", () => {
  const base = (name: string, value: string): string => toBaseUnit(named(name), value);
  expect(base("shared_buffers", "4GB")).toBe("524288");
  expect(base("effective_cache_size", "12GB")).toBe("1572864");
  expect(base("maintenance_work_mem", "1GB")).toBe("1048576");
  expect(base("work_mem", "20MB")).toBe("20480");
  expect(base("wal_buffers", "16MB")).toBe("2048");
  expect(base("max_wal_size", "4GB")).toBe("4096");
  expect(base("checkpoint_completion_target", "0.9")).toBe("0.9");
  expect(base("hot_standby_feedback", "on")).toBe("on");
  expect(() => base("work_mem", "much")).toThrow(/work_mem/);
});

describe("what a change costs, and who may make it", () => {
  it.each([
    ["shared_buffers", "restart"],
    ["max_connections", "restart"],
    ["work_mem", "reload"],
    ["max_wal_size", "reload"],
    ["log_connections", "reload"],
  ])("%s: %s", (name, change) => expect(changeOf(named(name))).toBe(change));

  it.each(
    "listen_addresses port data_directory hba_file ident_file config_file ssl ssl_cert_file ssl_key_file archive_mode archive_command archive_timeout restore_command primary_conninfo primary_slot_name cluster_name synchronous_standby_names recovery_target_time recovery_target hot_standby fsync full_page_writes password_encryption server_version zero_damaged_pages logging_collector transaction_read_only".split(
      " ",
    ),
  )("%s is the platform's", (name) => {
    const owner = ownerOf(named(name));
    expect(owner).toMatchObject({
      owner: "platform",
      why: expect.stringMatching(/./),
      instead: expect.stringMatching(/\.$/),
    });
  });

  it.each(
    "shared_buffers work_mem wal_level max_wal_senders hot_standby_feedback log_min_duration_statement ssl_min_protocol_version ssl_ciphers jit shared_preload_libraries max_slot_wal_keep_size synchronous_commit".split(
      " ",
    ),
  )("%s is the user's", (name) => expect(ownerOf(named(name))).toEqual({ owner: "user" }));
});

it("every default of a server that nobody configured is valid by the catalogue", () => {
  const settable = parameters.filter((one) => one.boot !== undefined && one.context !== "internal");
  expect(
    settable.filter((one) => !canonicalValue(one, one.boot).ok).map(({ name, boot }) => `${name}=${boot}`),
  ).toEqual([]);
});
