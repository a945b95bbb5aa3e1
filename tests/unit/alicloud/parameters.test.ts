import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alicloudParameters } from "../../../components/alicloud/parameters";
import { copiedToReaders, ownedByService, serviceName, serviceValue } from "../../../components/catalogue/alicloud";
import {
  canonicalValue,
  findParameter,
  leastOf,
  type Parameter,
  parameters,
} from "../../../components/catalogue/parameters";
import { seed } from "../../../components/spec/defaults";

const ofSeed = alicloudParameters({ parameters: seed.parameters });
const figures = Object.entries(seed.parameters);
const sent = Object.fromEntries(ofSeed.send.map(({ name, value }) => [name, value]));

const shown = (parameter: Parameter, value: unknown) => {
  const parsed = canonicalValue(parameter, value);
  if (!parsed.ok) throw new Error(`${parameter.name}: ${String(value)}: ${parsed.allowed}`);
  return parsed.value;
};

/** Some value that the server takes for the parameter. */
function someValue(parameter: Parameter): fc.Arbitrary<string> {
  const { vartype, values, min, max } = parameter;
  if (vartype === "bool") return fc.constantFrom("on", "off");
  if (vartype === "enum") return fc.constantFrom(...(values ?? []));
  const [least, most] = [Math.max(leastOf(parameter), 0), Math.min(Number(max ?? 2 ** 31 - 1), 2 ** 31 - 1)];
  if (vartype === "integer") return fc.integer({ min: least, max: most }).map((units) => shown(parameter, units));
  const real = fc.integer({ min: 0, max: 1000 }).map((step) => Number(min) + ((most - Number(min)) * step) / 1000);
  return real.map((value) => shown(parameter, value));
}

const numbersAndWords = parameters.filter((parameter) => parameter.vartype !== "string" && !ownedByService(parameter));
const oneOfThem = fc
  .constantFrom(...numbersAndWords)
  .chain((parameter) => fc.tuple(fc.constant(parameter), someValue(parameter)));

describe("parameters on ApsaraDB RDS", () => {
  it("are R6 to R9 in the service's units, as far as it lets them be set", () => {
    expect(sent).toMatchObject({
      effective_cache_size: "1572864",
      maintenance_work_mem: "1048576",
      work_mem: "20480",
      wal_buffers: "2048",
      min_wal_size: "1024",
      max_wal_size: "4096",
      max_worker_processes: "8",
      max_parallel_workers_per_gather: "4",
      max_parallel_workers: "8",
      max_parallel_maintenance_workers: "4",
      checkpoint_completion_target: "0.9",
      default_statistics_target: "100",
      random_page_cost: "1.1",
      effective_io_concurrency: "200",
      hot_standby_feedback: "on",
      wal_level: "replica",
    });
  });

  it("log what scanners look for, and keep passwords as SCRAM verifiers", () => {
    expect(sent).toMatchObject({
      log_connections: "on",
      log_disconnections: "on",
      log_duration: "on",
      password_encryption: "scram-sha-256",
    });
    const { values } = alicloudParameters({ parameters: { password_encryption: "md5", log_duration: "off" } });
    expect(values).toMatchObject({ password_encryption: "scram-sha-256", log_duration: "off" });
  });

  it("say of each that the service keeps to itself why, and send none of them", () => {
    const service = Object.entries(ofSeed.report).filter(([, { change }]) => change === "service");
    expect(service.map(([name]) => name)).toEqual([
      "hot_standby",
      "listen_addresses",
      "max_connections",
      "max_replication_slots",
      "max_wal_senders",
      "shared_buffers",
    ]);
    for (const [name, { reason, applied }] of service) {
      expect(reason).toMatch(/RDS/);
      expect(applied).toBeUndefined();
      expect(sent).not.toHaveProperty(name);
    }
    const { report, send } = alicloudParameters({ parameters: { ...seed.parameters, archive_timeout: "60s" } });
    expect(report.archive_timeout).toMatchObject({ change: "service", requested: "1min" });
    expect(send).toEqual(ofSeed.send);
  });

  it("have a line in the report for each that was asked for", () => {
    expect(Object.keys(ofSeed.report)).toEqual(expect.arrayContaining(Object.keys(seed.parameters)));
    for (const [name, value] of Object.entries(ofSeed.values)) expect(ofSeed.report[name]?.applied).toBe(value);
    expect(ofSeed.report.wal_buffers).toEqual({ requested: "16MB", applied: "16MB", change: "restart" });
    expect(ofSeed.report.work_mem).toEqual({ requested: "20MB", applied: "20MB", change: "reload" });
  });

  it("leave to the primary what every reader takes from it", () => {
    const names = ofSeed.sendToReaders.map(({ name }) => name);
    expect(ofSeed.send.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([
      "max_worker_processes",
      "wal_level",
    ]);
    expect(names.filter(copiedToReaders)).toEqual([]);
  });

  it("are one text for one value: sent and read back in base units, they are what was asked for", () => {
    fc.assert(
      fc.property(oneOfThem, ([parameter, value]) => {
        const { send, values, report } = alicloudParameters({ parameters: { [parameter.name]: value } });
        const found = send.find(({ name }) => name === serviceName(parameter))?.value ?? "";
        if (parameter.name === "password_encryption") return;
        expect(values[parameter.name]).toBe(value);
        expect(report[parameter.name]?.applied).toBe(value);
        // what a server without units would read
        expect(shown(parameter, found)).toBe(value);
        expect(serviceValue(parameter, shown(parameter, found))).toBe(found);
        expect(found).toMatch(parameter.vartype === "enum" ? /^[\w\s.-]+$/ : /^(on|off|-?[\d.]+(e[+-]?\d+)?)$/);
      }),
      { numRuns: 2000 },
    );
  });

  it("do not depend on the order in which they were written down", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(figures, { minLength: figures.length }), (entries) => {
        expect(alicloudParameters({ parameters: Object.fromEntries(entries) })).toEqual(ofSeed);
      }),
    );
    expect(ofSeed.send.map(({ name }) => name)).toEqual([...ofSeed.send.map(({ name }) => name)].sort());
  });

  it("know only names that PostgreSQL has", () => {
    const service = numbersAndWords.map(serviceName);
    expect(service.length).toBeGreaterThan(150);
    expect(service.map((name) => findParameter(name)?.name)).not.toContain(undefined);
    expect(ownedByService({ name: "DateStyle" })).toBeUndefined();
  });
});
