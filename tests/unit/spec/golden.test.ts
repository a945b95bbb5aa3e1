import { describe, expect, it } from "vitest";
import { parseSpec } from "../../../components/spec/config";
import type { Spec } from "../../../components/spec/spec";
import { machineTimeZone } from "../../../components/spec/timeZones";
import { requiredParameters } from "../../support/requirements";

const GB = 1024 ** 3;
const day = 86_400;
const project = "license-db";

/** R1 to R17, figure by figure, from the requirements; not from the program's own defaults. */
const production: Spec = {
  name: "license-db-prod",
  environment: "prod",
  profile: "prod",
  vendor: "aws",
  engine: { major: 15, version: "15" }, // R1
  size: { vcpu: 4, memory: 16 * GB, storage: 200 * GB }, // R2
  replicas: 2, // R3
  highAvailability: true, // R4
  synchronousReplication: true,
  parameters: {
    ...requiredParameters, // R6 to R9
    listen_addresses: "*",
  },
  access: {
    database: "license_management", // R10
    username: "license_app",
    port: 5432,
    allowedCidrs: [], // R11
    allowedSecurityGroups: [],
  },
  pool: {
    serverConnections: 80,
    clientConnections: 1000,
    application: { size: 20, idleTimeout: 30, connectionTimeout: 2 }, // R10
  },
  backups: {
    retention: 15 * day, // R14
    pointInTimeRecovery: 7 * day,
    window: { start: 60, end: 120, timeZone: "UTC" },
    archiveRetention: 365 * day,
    recoveryPointObjective: 300, // R4
    finalBackup: true,
  },
  encryption: { atRest: true, keyRotation: 365 * day, passwordRotation: 90 * day }, // R12, R13
  alerts: {
    contacts: [],
    thresholds: {
      cpu: { above: 80, for: 300 }, // R16
      memory: { above: 85, for: 180 },
      disk: { above: 85, for: 0 },
      replicationLag: { above: 30, for: 0 },
      connections: { above: 80, for: 300 },
      transactionAge: { above: 50, for: 600 },
      slotLag: { above: 5, for: 600 },
      walDisk: { above: 20, for: 300 },
      diskIo: { above: 90, for: 600 },
      backupAge: { above: 93_600, for: 0 },
      archiveFailed: { above: 0, for: 0 },
      archiving: { above: 300, for: 0 },
      certificate: { above: 90, for: 0 },
      noPrimary: { above: 30, for: 0 },
      missingReplicas: { above: 0, for: 300 },
      splitBrain: { above: 0, for: 0 },
    },
  },
  maintenance: { window: { day: "Sun", start: 120, end: 240, timeZone: "UTC" }, minorVersions: "planned" }, // R17
  deletionProtection: true,
  timeZone: "UTC",
  tags: {},
};

describe("the environments", () => {
  it("prod is exactly R1 to R17", () => {
    expect(parseSpec({ vendor: "aws" }, { project, stack: "prod" })).toEqual(production);
  });

  it("a stack of any other name is production, unless it says otherwise", () => {
    const own = { name: "license-db-team", environment: "team" };
    expect(parseSpec({ vendor: "aws" }, { project, stack: "team" })).toEqual({ ...production, ...own });
    const small = parseSpec({ vendor: "aws", environment: "dev" }, { project, stack: "team" });
    expect(small).toMatchObject({ ...own, profile: "dev", replicas: 0, deletionProtection: false });
  });

  it("local is production's topology and parameters, for this machine", () => {
    const spec = parseSpec({}, { project, stack: "local" });
    expect(spec).toMatchObject({
      vendor: "local",
      replicas: 2,
      synchronousReplication: true,
      deletionProtection: false,
    });
    expect(spec.parameters).toEqual(production.parameters);
    expect(spec.encryption.atRest).toBe(false);
    expect(spec.timeZone).toBe(machineTimeZone());
    expect(spec.backups).toEqual({
      ...production.backups,
      window: { ...production.backups.window, timeZone: spec.timeZone },
    });
  });

  it("dev is small and may be thrown away, but is as closed as production", () => {
    const spec = parseSpec({ vendor: "aws" }, { project, stack: "dev" });
    expect(spec).toMatchObject({
      replicas: 0,
      highAvailability: false,
      synchronousReplication: false,
      deletionProtection: false,
    });
    expect(spec.backups).toMatchObject({ retention: 7 * day, archiveRetention: 0 });
    expect(spec.encryption.atRest).toBe(true);
    expect(spec.parameters).toMatchObject({
      shared_buffers: "1GB",
      effective_cache_size: "3GB",
      work_mem: "5MB",
      max_wal_size: "1GB",
    });
  });

  it("memory figures shrink with the memory, unless they are set, and never grow", () => {
    const at = (memory: string, parameters = {}) =>
      parseSpec({ vendor: "aws", size: { memory }, parameters }, { project, stack: "prod" }).parameters;
    expect(at("8GB")).toMatchObject({
      shared_buffers: "2GB",
      effective_cache_size: "6GB",
      maintenance_work_mem: "512MB",
      work_mem: "10MB",
    });
    expect(at("8GB", { work_mem: "4MB" })).toMatchObject({ shared_buffers: "2GB", work_mem: "4MB" });
    expect(at("64GB")).toEqual(production.parameters);
  });
});
