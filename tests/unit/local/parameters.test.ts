import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalValue,
  findParameter,
  leastOf,
  type Parameter,
  toBaseUnit,
} from "../../../components/catalogue/parameters";
import { localParameters, type MachineSize } from "../../../components/local/parameters";
import { parseSpec } from "../../../components/spec/config";
import type { Spec } from "../../../components/spec/spec";

const GB = 2 ** 30;
const enough: MachineSize = { memory: 22 * GB, disk: 40 * GB };
const followMemory = ["shared_buffers", "effective_cache_size", "maintenance_work_mem", "work_mem", "wal_buffers"];
const followDisk = ["max_wal_size", "min_wal_size"];

const seed = parseSpec({ vendor: "local" }, { project: "license-db", stack: "prod" });
const parameter = (name: string) => findParameter(name) as Parameter;
const base = (name: string, value: string | undefined) => Number(toBaseUnit(parameter(name), value ?? ""));
const canonical = (name: string, value: string | number) => {
  const found = canonicalValue(parameter(name), value);
  if (!found.ok) throw new Error(`${name}=${value}: ${found.allowed}`);
  return found.value;
};

const machine = fc.record({
  memory: fc.integer({ min: GB / 2, max: 64 * GB }),
  disk: fc.integer({ min: GB, max: 200 * GB }),
});
/** The seed with any sizes the server takes. */
const spec = fc
  .record(
    Object.fromEntries(
      [...followMemory, ...followDisk].map((name) => {
        const { max } = parameter(name);
        const least = Math.max(leastOf(parameter(name)), 1);
        return [
          name,
          fc.integer({ min: least, max: Math.min(Number(max), 2 ** 23) }).map((units) => canonical(name, units)),
        ];
      }),
    ),
  )
  .map((parameters): Spec => ({ ...seed, parameters: { ...seed.parameters, ...parameters } }));

describe("parameters on this machine", () => {
  it("leave out what a later major version no longer has, and say so", () => {
    const parameters = { ...seed.parameters, vacuum_defer_cleanup_age: "10", old_snapshot_threshold: "-1" };
    const applied = (major: 15 | 16 | 17) =>
      localParameters({ ...seed, parameters, engine: { major, version: `${major}` } }, enough, "127.0.0.1");
    const left = (major: 15 | 16 | 17) =>
      ["vacuum_defer_cleanup_age", "old_snapshot_threshold"].filter((name) => name in applied(major).applied);
    expect([left(15).length, left(16), left(17)]).toEqual([2, ["old_snapshot_threshold"], []]);
    expect(applied(16).report.vacuum_defer_cleanup_age).toEqual({
      requested: "10",
      change: "service",
      reason: "PostgreSQL 16 has it no longer",
    });
  });

  it("are the seed's figures from 22 GiB of memory and 40 GB of disk on", () => {
    for (const size of [enough, { memory: 23 * GB, disk: 41 * GB }, { memory: 512 * GB, disk: 4096 * GB }]) {
      const { applied, report } = localParameters(seed, size, "127.0.0.1");
      const { listen_addresses, hot_standby, ...figures } = seed.parameters;
      expect(applied).toMatchObject(figures);
      expect([listen_addresses, hot_standby]).toEqual(["*", "on"]);
      const service = Object.entries(report).filter(([, { change }]) => change === "service");
      expect(service.map(([name]) => name)).toEqual(["hot_standby", "listen_addresses"]);
      const others = Object.entries(report).filter(([, { change }]) => change !== "service");
      expect(others.filter(([, { reason }]) => reason !== undefined)).toEqual([]);
    }
  });

  it("scale with the memory below that, and say so", () => {
    const { applied, report } = localParameters(seed, { memory: 11 * GB, disk: 39 * GB }, "127.0.0.1");
    expect(applied).toMatchObject({
      shared_buffers: "2GB",
      effective_cache_size: "6GB",
      maintenance_work_mem: "512MB",
      work_mem: "10MB",
      wal_buffers: "8MB",
      max_wal_size: "1GB",
      min_wal_size: "256MB",
      max_connections: "200",
    });
    expect(report.shared_buffers).toMatchObject({ requested: "4GB", applied: "2GB", change: "restart" });
    expect(report.shared_buffers?.reason).toMatch(/11\.0 GB of memory.*50 %/);
    expect(report.max_wal_size?.reason).toMatch(/disk/);
  });

  it("are never above what was asked for, never below what the server takes, and less only with a reason", () => {
    fc.assert(
      fc.property(spec, machine, (asked, size) => {
        const { applied, report } = localParameters(asked, size, "127.0.0.1");
        for (const name of [...followMemory, ...followDisk]) {
          const requested = asked.parameters[name];
          expect(base(name, applied[name]), name).toBeLessThanOrEqual(base(name, requested));
          expect(base(name, applied[name]), name).toBeGreaterThanOrEqual(leastOf(parameter(name)));
          expect(report[name]).toMatchObject({ requested, applied: applied[name] });
          expect(report[name]?.reason === undefined || report[name].reason.length > 10).toBe(true);
          if (applied[name] !== requested) expect(report[name]?.reason, name).toBeDefined();
        }
        if (size.memory >= enough.memory && size.disk >= enough.disk) expect(applied).toMatchObject(pick(asked));
      }),
    );
  });

  it("are written as SHOW prints them, in one order, whatever the machine", () => {
    fc.assert(
      fc.property(spec, machine, (asked, size) => {
        const { applied } = localParameters(asked, size, "127.0.0.1");
        for (const [name, value] of Object.entries(applied)) {
          if (findParameter(name)) expect(canonical(name, value), name).toBe(value);
        }
        expect(Object.keys(applied)).toEqual(Object.keys(applied).sort((a, b) => a.localeCompare(b)));
      }),
    );
  });

  it("stay as they are when they are asked for again, and do not shrink as memory grows", () => {
    fc.assert(
      fc.property(spec, machine, fc.integer({ min: 0, max: 16 * GB }), (asked, size, more) => {
        const once = localParameters(asked, size, "127.0.0.1").applied;
        const again = localParameters({ ...asked, parameters: { ...asked.parameters, ...once } }, enough, "127.0.0.1");
        expect(again.applied).toEqual(once);
        const larger = localParameters(asked, { ...size, memory: size.memory + more }, "127.0.0.1").applied;
        for (const name of followMemory) {
          expect(base(name, larger[name]), name).toBeGreaterThanOrEqual(base(name, once[name]));
        }
      }),
    );
  });

  it("archive often enough for the recovery point objective", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400 }), (recoveryPointObjective) => {
        const asked = { ...seed, backups: { ...seed.backups, recoveryPointObjective } };
        const { applied } = localParameters(asked, enough, "127.0.0.1");
        const timeout = base("archive_timeout", applied.archive_timeout);
        expect(timeout).toBeGreaterThanOrEqual(1);
        expect(timeout).toBeLessThanOrEqual(Math.max(1, recoveryPointObjective / 5));
        expect(applied.archive_mode).toBe("on");
      }),
    );
  });

  it("load query statistics, beside the libraries that are asked for", () => {
    const libraries = (value: string) =>
      localParameters({ ...seed, parameters: { ...seed.parameters, shared_preload_libraries: value } }, enough, "")
        .applied.shared_preload_libraries;
    expect(libraries("")).toBe("pg_stat_statements");
    expect(libraries("auto_explain,pg_stat_statements")).toBe("pg_stat_statements, auto_explain");
  });

  const pick = (asked: Spec) =>
    Object.fromEntries([...followMemory, ...followDisk].map((name) => [name, asked.parameters[name]]));
});
