import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  ConfigurationError,
  chosenVendor,
  parseConfiguration,
  parseSpec,
  type SpecContext,
} from "../../../components/spec/config";
import { field, group, list, type OptionFields } from "../../../components/spec/fields";
import { boolean, integer, port, text } from "../../../components/spec/kinds";
import type { Problem } from "../../../components/spec/problems";
import { rules } from "../../../components/spec/rules";

type Raw = Record<string, unknown>;

const now = new Date("2026-01-01T00:00:00Z");
const context = { project: "license-db", stack: "prod", now };

function problemsOf(raw: Raw, extra: Partial<SpecContext> = {}): readonly Problem[] {
  try {
    parseSpec(raw, { ...context, ...extra });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
const aws = (raw: Raw, extra?: Partial<SpecContext>): readonly Problem[] =>
  problemsOf({ vendor: "aws", ...raw }, extra);

/** For every rule: a configuration that breaks it and nothing else, and one just within. */
const cases: Record<string, readonly [broken: Raw, within: Raw]> = {
  "engine.version": [{ engine: { version: "17" } }, { engine: { version: "17", upgradeTo: "17" } }],
  environment: [{ environment: "local" }, { environment: "dev" }],
  synchronousReplication: [{ replicas: 0 }, { replicas: 0, synchronousReplication: false }],
  highAvailability: [
    { highAvailability: false },
    { highAvailability: false, replicas: 0, synchronousReplication: false },
  ],
  "backups.pointInTimeRecovery": [
    { backups: { pointInTimeRecovery: "16d" } },
    { backups: { pointInTimeRecovery: "15d" } },
  ],
  "backups.window": [{ backups: { window: "Mon 01:00-02:00" } }, { backups: { window: "00:00-01:00" } }],
  "maintenance.window": [
    { maintenance: { window: "Sun 01:59-04:00" } },
    { maintenance: { window: "Sun 02:00-02:30" } },
  ],
  "pool.serverConnections": [{ pool: { serverConnections: 96 } }, { pool: { serverConnections: 95 } }],
  "pool.clientConnections": [{ pool: { clientConnections: 79 } }, { pool: { clientConnections: 80 } }],
  "parameters.shared_buffers": [{ parameters: { shared_buffers: "6.5GB" } }, { parameters: { shared_buffers: "6GB" } }],
  "parameters.effective_cache_size": [
    { parameters: { effective_cache_size: "17GB" } },
    { parameters: { effective_cache_size: "16GB" } },
  ],
  "parameters.maintenance_work_mem": [
    { parameters: { maintenance_work_mem: "2049MB" } },
    { parameters: { maintenance_work_mem: "2GB" } },
  ],
  "parameters.work_mem": [{ parameters: { work_mem: "62MB" } }, { parameters: { work_mem: "61MB" } }],
  "parameters.max_wal_size": [{ parameters: { max_wal_size: "51GB" } }, { parameters: { max_wal_size: "50GB" } }],
  "parameters.min_wal_size": [{ parameters: { min_wal_size: "5GB" } }, { parameters: { min_wal_size: "4GB" } }],
  "parameters.wal_keep_size": [{ parameters: { wal_keep_size: "51GB" } }, { parameters: { wal_keep_size: "50GB" } }],
  "parameters.max_slot_wal_keep_size": [
    { parameters: { max_slot_wal_keep_size: "101GB" } },
    { parameters: { max_slot_wal_keep_size: "-1" } },
  ],
  "parameters.max_parallel_workers": [
    { parameters: { max_parallel_workers: 9 } },
    { parameters: { max_parallel_workers: 9, max_worker_processes: 9 } },
  ],
  "parameters.max_parallel_workers_per_gather": [
    { parameters: { max_parallel_workers_per_gather: 9 } },
    { parameters: { max_parallel_workers_per_gather: 8 } },
  ],
  "parameters.max_parallel_maintenance_workers": [
    { parameters: { max_parallel_maintenance_workers: 9 } },
    { parameters: { max_parallel_maintenance_workers: 8 } },
  ],
  "parameters.superuser_reserved_connections": [
    { parameters: { superuser_reserved_connections: 11 } },
    { parameters: { superuser_reserved_connections: 10 } },
  ],
  "parameters.max_wal_senders": [{ replicas: 8 }, { replicas: 7 }],
  "parameters.max_replication_slots": [
    { parameters: { max_replication_slots: 2 } },
    { parameters: { max_replication_slots: 3 } },
  ],
  "parameters.max_connections": [
    { parameters: { max_worker_processes: 262_000 } },
    { parameters: { max_worker_processes: 260_000 } },
  ],
  "parameters.wal_level": [{ parameters: { wal_level: "minimal" } }, { parameters: { wal_level: "logical" } }],
  "parameters.synchronous_commit": [
    { parameters: { synchronous_commit: "local" } },
    { parameters: { synchronous_commit: "local" }, synchronousReplication: false },
  ],
  "parameters.ssl_min_protocol_version": [
    { parameters: { ssl_min_protocol_version: "TLSv1.1" } },
    { parameters: { ssl_min_protocol_version: "TLSv1.3" } },
  ],
  "parameters.ssl_max_protocol_version": [
    { parameters: { ssl_max_protocol_version: "TLSv1.1" } },
    { parameters: { ssl_max_protocol_version: "TLSv1.2" } },
  ],
};

describe("rules across fields", () => {
  it.each(rules.map(({ at }) => at))("%s", (at) => {
    const [broken, fine] = cases[at] ?? [{}, {}];
    const stack = at === "environment" ? { stack: "team" } : {};
    expect(aws(broken, stack).map(({ path }) => path)).toEqual([`license-db:${at}`]);
    expect(
      aws(fine, stack)
        .map(({ path }) => path)
        .filter((path) => path === `license-db:${at}`),
    ).toEqual([]);
  });

  it("are silent about what is wrong by itself", () => {
    const found = aws({ backups: { retention: "soon", pointInTimeRecovery: "30d" } });
    expect(found.map(({ path }) => path)).toEqual(["license-db:backups.retention"]);
  });

  it("see windows in different zones, in the season they meet", () => {
    const meets = { backups: { window: "01:00-02:00 UTC" }, maintenance: { window: "Sun 03:00-04:00 Europe/Berlin" } };
    expect(aws(meets)).toHaveLength(1);
  });
});

describe("messages", () => {
  it("tell everything at once: where, what, what is allowed, the nearest, how to mend", () => {
    const found = problemsOf({
      vendor: "amazon",
      size: { memroy: "16GB", storage: "200 GX" },
      replicas: "many",
      parameters: { shared_bufers: "4GB", work_mem: "20mb" },
    });
    expect(found).toEqual([
      {
        path: "license-db:vendor",
        value: '"amazon"',
        allowed: "one of aws, alicloud, local",
        mend: "Write one of these words.",
      },
      expect.objectContaining({
        path: "license-db:size.memroy",
        nearest: "memory",
        allowed: "the keys vcpu, memory, storage",
      }),
      expect.objectContaining({ path: "license-db:size.storage", value: '"200 GX"', nearest: "200GB" }),
      expect.objectContaining({ path: "license-db:replicas", value: '"many"', allowed: "a whole number from 0 to 8" }),
      expect.objectContaining({ path: "license-db:parameters.shared_bufers", nearest: "shared_buffers" }),
      expect.objectContaining({ path: "license-db:parameters.work_mem", value: '"20mb"', nearest: "20MB" }),
    ]);
  });

  it("name a missing vendor and the command that sets it", () => {
    expect(problemsOf({})).toEqual([
      {
        path: "license-db:vendor",
        allowed: "one of aws, alicloud, local",
        mend: "Set it: pulumi config set --path 'license-db:vendor' local",
      },
    ]);
  });

  it("are printed by the engine without a stack trace", () => {
    expect(pulumi.RunError.isInstance(new ConfigurationError([], "prod"))).toBe(true);
  });

  it("read as text", () => {
    expect(() => parseSpec({ vendor: "aws", replicas: "9" }, context)).toThrow(
      [
        "The configuration of stack prod has 1 problem; nothing was changed.",
        "",
        "  license-db:replicas",
        '    got      "9"',
        "    allowed  a whole number from 0 to 8",
        "    mend     Write such a number.",
      ].join("\n"),
    );
  });

  it("say who owns a parameter, unless it says what the platform says", () => {
    expect(aws({ parameters: { archive_command: "cp %p /x" } })).toEqual([
      expect.objectContaining({
        path: "license-db:parameters.archive_command",
        mend: expect.stringContaining("license-db:backups"),
      }),
    ]);
    expect(aws({ parameters: { listen_addresses: "*", hot_standby: true } })).toEqual([]);
    expect(aws({ parameters: { hot_standby: false } })).toHaveLength(1);
  });

  it("refuse a parameter written twice", () => {
    expect(aws({ parameters: { work_mem: "4MB", Work_Mem: "8MB" } })).toHaveLength(1);
  });

  it("tell an unquoted version from an old one", () => {
    expect(aws({ engine: { version: 15.1 } })).toEqual([
      expect.objectContaining({ mend: "Put the version in quotes.", nearest: "15.10" }),
    ]);
  });

  it("upgrade to another major version only after it was announced", () => {
    const engine = (written: Raw) =>
      parseSpec({ vendor: "aws", engine: written }, { project: "p", stack: "prod" }).engine;
    expect(engine({})).toEqual({ major: 15, version: "15" });
    expect(engine({ version: "15", upgradeTo: 17 })).toEqual({ major: 15, version: "15", upgradeTo: 17 });
    expect(engine({ version: "17", upgradeTo: "17" })).toEqual({ major: 17, version: "17", upgradeTo: 17 });
    expect(engine({ version: "16.11", upgradeTo: "16" })).toEqual({ major: 16, version: "16.11", upgradeTo: 16 });
    const path = "license-db:engine.version";
    expect(aws({ engine: { version: "17" } })).toEqual([
      expect.objectContaining({
        path,
        mend: expect.stringMatching(/set engine\.upgradeTo to it and bring the stack up/),
      }),
    ]);
    expect(aws({ engine: { version: "17", upgradeTo: "16" } })).toEqual([expect.objectContaining({ path })]);
    for (const upgradeTo of ["15", "18", "17.1", "", null]) {
      expect(aws({ engine: { upgradeTo } })).toEqual([
        expect.objectContaining({ path: "license-db:engine.upgradeTo" }),
      ]);
    }
  });

  it("refuse another environment's defaults in a stack of a known name", () => {
    expect(aws({ environment: "dev" })).toEqual([expect.objectContaining({ path: "license-db:environment" })]);
    expect(aws({ environment: "prod" })).toEqual([]);
  });
});

describe("secrets", () => {
  const secret = "Tr0ub4dor&3xyz";

  it.each<Raw>([
    { password: secret },
    { access: { password: secret } },
    { access: { username: secret } },
    { alerts: { contacts: [`https://user:${secret}@example.org`] } },
    { parameters: { ssl_passphrase_command: `echo ${secret} password` } },
    { parameters: { db_password: secret } },
    { tags: { apiKey: `${secret}\u0000` } },
    { timeZone: secret },
  ])("are not repeated: %#", (raw) => {
    const found = aws(raw);
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toContain(secret);
    expect(new ConfigurationError(found, "prod").message).not.toContain(secret);
  });

  it.each<Raw>([
    { size: { vcpu: "hushhush" } },
    { size: { memory: "5hushhush" } },
    { size: "hushhush" },
    { parameters: { work_mem: "5hushhush" } },
    { tags: { team: "hushhush\u0000" } },
    { access: { allowedCidrs: ["hushhush"] } },
    { timeZone: "hushhush" },
  ])("are not repeated when they were set encrypted: %#", (raw) => {
    const found = aws(raw, { secretKeys: new Set(Object.keys(raw)) });
    expect(found).toEqual([expect.objectContaining({ value: "(not shown)" })]);
    expect(JSON.stringify(found)).not.toContain("hush");
    expect(JSON.stringify(aws(raw))).toContain("hush");
  });
});

describe("a vendor's own section", () => {
  interface Options {
    readonly readerPort: number;
    readonly folder?: string;
    readonly repository: { readonly encrypted: boolean; readonly hosts: readonly string[] };
  }
  const host = text({ type: "host", shape: /^[a-z.]+$/, allowed: "a host name", mend: "Write a host name." });
  const options: OptionFields<Options> = {
    readerPort: field(port, { doc: "", default: 5433 }),
    folder: field(text({ type: "folder", shape: /^\//, allowed: "an absolute path", mend: "Write one." }), {
      doc: "",
      optional: true,
    }),
    repository: group<Options["repository"]>(
      {
        encrypted: field(boolean, { doc: "", default: true }),
        hosts: list(host, 2, { doc: "", default: ["backup.example"] }),
      },
      { doc: "" },
    ),
  };
  const local = { stack: "local", project: "license-db", vendorOptions: { local: options } };

  it("is read by the vendor's fields", () => {
    expect(parseConfiguration<Options>({}, local).options).toEqual({
      readerPort: 5433,
      repository: { encrypted: true, hosts: ["backup.example"] },
    });
    const raw = { local: { readerPort: "6000", folder: "/data", repository: { encrypted: false, hosts: "a.b" } } };
    expect(parseConfiguration<Options>(raw, local).options).toEqual({
      readerPort: 6000,
      folder: "/data",
      repository: { encrypted: false, hosts: ["a.b"] },
    });
  });

  it("is checked with everything else", () => {
    const raw = { replicas: "x", local: { redaerPort: 1, repository: { encrypted: 5, hosts: ["a", "B", "c"] } } };
    const found = problemsOf(raw, { stack: "local", vendorOptions: { local: options } });
    expect(found.map(({ path }) => path)).toEqual([
      "license-db:replicas",
      "license-db:local.redaerPort",
      "license-db:local.repository.encrypted",
      "license-db:local.repository.hosts",
    ]);
  });

  it("of another vendor is left alone", () => expect(aws({ local: { anything: 1 } })).toEqual([]));

  it("has rules of its own, asked last", () => {
    const check = (): string[] => ["port 5433 is in use"];
    expect(problemsOf({}, { stack: "local", check })).toEqual([
      expect.objectContaining({ path: "license-db:local", mend: "port 5433 is in use" }),
    ]);
    expect(problemsOf({ replicas: "x" }, { stack: "local", check })).toHaveLength(1);
  });

  it("is that of the vendor the stack names", () => {
    expect(chosenVendor({}, "local")).toBe("local");
    expect(chosenVendor({ vendor: "alicloud" }, "local")).toBe("alicloud");
    expect(chosenVendor({ environment: "local" }, "mine")).toBe("local");
    expect(chosenVendor({}, "prod")).toBeUndefined();
    expect(chosenVendor({ vendor: "constructor" }, "prod")).toBeUndefined();
  });
});

it("fields without a default must be set", () => {
  const vendorOptions = { aws: { zones: field(integer({ min: 2, max: 6 }), { doc: "", example: "3" }) } };
  expect(aws({}, { vendorOptions })).toEqual([
    {
      path: "license-db:aws.zones",
      allowed: "a whole number from 2 to 6",
      mend: "Set it: pulumi config set --path 'license-db:aws.zones' 3",
    },
  ]);
});
