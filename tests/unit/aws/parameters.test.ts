import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { awsParameters, parameterProblems, settableParameters } from "../../../components/aws/parameters";
import { canonicalValue, findParameter, type Parameter } from "../../../components/catalogue/parameters";
import type { Major, Spec } from "../../../components/spec/spec";
import { specOf } from "./support/registered";

const prod = specOf("prod");
const withParameters = (own: Readonly<Record<string, string>>, spec: Spec = prod): Spec => ({
  ...spec,
  parameters: { ...spec.parameters, ...own },
});
const sentOf = (spec: Spec) => new Map(awsParameters(spec).send.map((one) => [one.name, one]));

/** Values of every kind the parameter takes, as somebody may write them. */
function writtenFor({ vartype, min, max, values, boot }: Parameter): fc.Arbitrary<unknown> {
  const [low, high] = [Number(min ?? 0), Math.min(Number(max ?? 100), 2 ** 31)];
  if (vartype === "bool") return fc.constantFrom("on", "off", "true", "no", 1, 0);
  if (vartype === "enum") return fc.constantFrom(...(values ?? []));
  if (vartype === "integer") return fc.integer({ min: Math.max(low, -(2 ** 31)), max: Math.floor(high) });
  if (vartype === "real") return fc.double({ min: low, max: high, noNaN: true }).map((value) => value.toFixed(3));
  return fc.constant(boot ?? "");
}

const setting = (major: Major) =>
  fc
    .constantFrom(...settableParameters(major))
    .chain((parameter) => writtenFor(parameter).map((written) => ({ parameter, written })))
    .map(({ parameter, written }) => ({ parameter, canonical: canonicalValue(parameter, written) }))
    .filter(({ canonical }) => canonical.ok)
    .map(({ parameter, canonical }) => ({ parameter, value: canonical.ok ? canonical.value : "" }));

describe("what is sent to RDS", () => {
  it("is, read in its base unit, what was asked for", () => {
    fc.assert(
      fc.property(setting(15), ({ parameter, value }) => {
        const spec = withParameters({ [parameter.name]: value });
        const sent = sentOf(spec).get(parameter.name.toLowerCase());
        const read = canonicalValue(parameter, sent?.value);
        if (parameter.name === "shared_preload_libraries") return;
        expect(read).toEqual({ ok: true, value });
        expect(awsParameters(spec).values[parameter.name]).toBe(value);
        if (["bool", "integer", "real"].includes(parameter.vartype)) {
          expect(sent?.value).toMatch(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/);
        }
      }),
    );
  });

  it("is the same when what the server shows is asked for again", () => {
    fc.assert(
      fc.property(setting(15), ({ parameter, value }) => {
        const first = awsParameters(withParameters({ [parameter.name]: value }));
        expect(awsParameters(withParameters(first.values))).toEqual({ ...first, report: expect.anything() });
      }),
    );
  });

  it("waits for a reboot exactly where RDS would say so anyway: static, or a default", () => {
    fc.assert(
      fc.property(setting(15), ({ parameter, value }) => {
        const sent = sentOf(withParameters({ [parameter.name]: value })).get(parameter.name.toLowerCase());
        if (parameter.context === "postmaster") expect(sent?.applyMethod).toBe("pending-reboot");
        const boot = canonicalValue(parameter, parameter.boot);
        if (boot.ok && boot.value === value) expect(sent?.applyMethod).toBe("pending-reboot");
      }),
    );
    const methods = (own: Record<string, string>) =>
      Object.keys(own).map((name) => sentOf(withParameters(own)).get(name)?.applyMethod);
    expect(methods({ work_mem: "32MB", autovacuum_naptime: "20s", jit: "off" })).toEqual(Array(3).fill("immediate"));
    // PostgreSQL's default, RDS's default
    expect(methods({ work_mem: "4MB", autovacuum_naptime: "15s" })).toEqual(Array(2).fill("pending-reboot"));
  });

  it("names each parameter once, in an order of its own", () => {
    const names = awsParameters(prod).send.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toEqual(names.map((name) => name.toLowerCase()));
  });

  it("is R6 to R9 in RDS's units", () => {
    const figures = {
      ...{ max_connections: "200", shared_buffers: "524288", effective_cache_size: "1572864" },
      ...{ maintenance_work_mem: "1048576", work_mem: "20480", wal_buffers: "2048", min_wal_size: "1024" },
      ...{ max_wal_size: "4096", random_page_cost: "1.1", effective_io_concurrency: "200", max_wal_senders: "10" },
      ...{ checkpoint_completion_target: "0.9", max_worker_processes: "8", hot_standby_feedback: "1" },
    };
    const sent = sentOf(prod);
    for (const [name, value] of Object.entries(figures)) expect(sent.get(name)?.value, name).toBe(value);
  });

  it("forces TLS and SCRAM", () => {
    const sent = sentOf(prod);
    expect(sent.get("rds.force_ssl")?.value).toBe("1");
    expect(sent.get("rds.accepted_password_auth_method")?.value).toBe("scram");
    expect(sent.get("password_encryption")?.value).toBe("scram-sha-256");
  });

  it("keeps passwords out of the log unless somebody asks for statements", () => {
    expect(sentOf(prod).get("log_statement")?.value).toBe("none");
    expect(sentOf(withParameters({ log_statement: "ddl" })).get("log_statement")?.value).toBe("ddl");
  });

  it("leaves out what the service owns, and says so", () => {
    const { send, report } = awsParameters(prod);
    for (const name of ["listen_addresses", "hot_standby"]) {
      expect(send.map((one) => one.name)).not.toContain(name);
      expect(report[name]).toMatchObject({ change: "service", reason: expect.stringMatching(/RDS/) });
    }
  });

  it("captures changes by RDS's own parameter", () => {
    expect(sentOf(prod).has("rds.logical_replication")).toBe(false);
    const logical = awsParameters(withParameters({ wal_level: "logical" }));
    expect(logical.send).toContainEqual({
      name: "rds.logical_replication",
      value: "1",
      applyMethod: "pending-reboot",
    });
    expect(logical.send.map(({ name }) => name)).not.toContain("wal_level");
    expect(logical.values.wal_level).toBe("logical");
    expect(logical.report.wal_level?.applied).toBe("logical");
  });

  it("loads what a cluster needs beside the user's libraries", () => {
    const libraries = (spec: Spec) => sentOf(spec).get("shared_preload_libraries")?.value;
    expect(libraries(prod)).toBe("pg_stat_statements,flow_control");
    expect(libraries(specOf("dev"))).toBe("pg_stat_statements");
    expect(libraries(withParameters({ shared_preload_libraries: "pgaudit, pg_stat_statements" }))).toBe(
      "pg_stat_statements,flow_control,pgaudit",
    );
  });

  it("leaves out what a later major version dropped", () => {
    const spec = withParameters({ vacuum_defer_cleanup_age: "1", old_snapshot_threshold: "1h" });
    const on = (major: Major) => [...sentOf({ ...spec, engine: { major, version: `${major}` } }).keys()];
    expect(on(15)).toEqual(expect.arrayContaining(["vacuum_defer_cleanup_age", "old_snapshot_threshold"]));
    expect(on(16)).not.toContain("vacuum_defer_cleanup_age");
    expect(on(16)).toContain("old_snapshot_threshold");
    expect(on(17)).not.toContain("old_snapshot_threshold");
  });
});

describe("what RDS would refuse", () => {
  it("nothing of what environments ask for", () => {
    for (const stack of ["dev", "prod"] as const) expect(parameterProblems(specOf(stack))).toEqual([]);
  });

  it.each<[name: string, value: string, said: RegExp]>([
    ["lock_timeout", "1s", /lock_timeout cannot be set: RDS's parameter groups do not have it\. .*ALTER ROLE/],
    ["log_line_prefix", "%m", /log_line_prefix is %m, but RDS's tools/],
    ["max_wal_senders", "4", /max_wal_senders is 4: RDS takes at least 5/],
    ["effective_io_concurrency", "300", /effective_io_concurrency is 300: RDS takes at most 256/],
    ["autovacuum_freeze_max_age", "1000000", /at least 100000000 and at most 750000000/],
    ["synchronous_commit", "remote_apply", /RDS takes on, local, off/],
    ["shared_preload_libraries", "pgaudit,timescaledb", /has timescaledb: RDS loads/],
  ])("%s = %s", (name, value, said) => {
    expect(findParameter(name)).toBeDefined();
    expect(parameterProblems(withParameters({ [name]: value }))).toEqual([expect.stringMatching(said)]);
  });

  it("flow_control in a single instance, which has nobody to wait for", () => {
    const dev = withParameters({ shared_preload_libraries: "flow_control" }, specOf("dev"));
    expect(parameterProblems(dev)).toHaveLength(1);
  });

  it("what the version an upgrade is announced to has dropped", () => {
    const spec = withParameters({ old_snapshot_threshold: "1h" });
    expect(parameterProblems(spec)).toEqual([]);
    const announced: Spec = { ...spec, engine: { major: 15, version: "15", upgradeTo: 17 } };
    expect(parameterProblems(announced)).toEqual([expect.stringMatching(/PostgreSQL 17 has no such parameter/)]);
  });
});
