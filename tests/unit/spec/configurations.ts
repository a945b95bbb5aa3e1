/** Generated configurations: good ones, and for every field values that are known to be bad. */
import fc from "fast-check";
import { ownerOf, parameters } from "../../../components/catalogue/parameters";

export type Raw = Record<string, unknown>;
type Path = readonly string[];

const day = (count: number): string => `${count}d`;
const integers = (min: number, max: number): fc.Arbitrary<unknown> =>
  fc.integer({ min, max }).chain((number) => fc.constantFrom<unknown>(number, String(number)));
const booleans = fc.constantFrom<unknown>(true, false, "true", "false", "yes", "off");

/** What is wrong wherever one value is wanted. */
const absurd: readonly unknown[] = [
  null,
  [[]],
  [1, 2, 3],
  {},
  { a: { b: 1 } },
  Number.POSITIVE_INFINITY,
  Number.NaN,
  "1e309",
  -1e308,
  Number.MAX_VALUE,
  "\u0000",
  "💥",
  "ＮａＮ",
  "NaN",
  "Infinity",
  "-1",
  " ",
  "null",
  "undefined",
  "[object Object]",
  "__proto__",
  "constructor",
  "'; DROP TABLE licenses; --",
  "$(reboot)",
  "../../etc/passwd",
  "x".repeat(100_000),
  "\u202egnp.exe",
];
const orAbsurd = (...bad: readonly unknown[]): fc.Arbitrary<unknown> => fc.constantFrom<unknown>(...absurd, ...bad);
const badDuration = orAbsurd(15, "15", "15 parsecs", "-3d", "1h1d", "P1D", "1e9d", "200y", "");
const badSize = orAbsurd(16, "16", "16 elephants", "-1GB", "1e3GB", "5EB", "1B", "");
const badInteger = orAbsurd(-1, 1.5, "1.5", "two", "1e3", "0x10", true, 10 ** 12, "");
const badBoolean = orAbsurd(2, 1, 0, "maybe", "tru", "truefalse", "");
const badWord = orAbsurd(5, true, "prodd", "AWS", "gcp", "automatik", "");
const badWindow = orAbsurd(
  2,
  "Sun",
  "02:00",
  "02:00-02:00",
  "02:00-02:10",
  "24:01-25:00",
  "Sonntag 02:00-04:00",
  "Sun 02:00-04:00 Moon",
  "",
);
const badName = fc.constantFrom<unknown>(
  ...absurd.filter((value) => !/^[a-z_]+$/.test(String(value))),
  "postgres",
  "Upper",
  "9lives",
  "with-dash",
  "a".repeat(64),
  "pg_x",
  5,
  true,
  "",
);

interface Leaf {
  readonly path: Path;
  readonly good: fc.Arbitrary<unknown>;
  readonly bad: fc.Arbitrary<unknown>;
}
const leaf = (path: string, good: fc.Arbitrary<unknown>, bad: fc.Arbitrary<unknown>): Leaf => ({
  path: path.split("."),
  good,
  bad,
});

/** Together the good values keep every rule: sizes never below the defaults' needs, windows apart. */
const leaves: readonly Leaf[] = [
  leaf(
    "engine.version",
    fc.constantFrom("15", 15, "15.4", "15.10", 15.18),
    // 16 and 17 without the announcement
    orAbsurd("14", 16, "15.3", "15.x", 15.1, "16.1", "18", ""),
  ),
  leaf("size.vcpu", integers(2, 192), badInteger),
  leaf("size.memory", fc.constantFrom("4GB", "8 GB", "16GB", "64GiB", "1TB", "6.5GB"), badSize),
  leaf("size.storage", fc.constantFrom("20GB", "200GB", "1TB", "2048 GB"), badSize),
  leaf("replicas", integers(1, 5), badInteger),
  leaf("highAvailability", fc.constantFrom<unknown>(true, "true"), badBoolean),
  leaf("synchronousReplication", booleans, badBoolean),
  leaf("access.database", fc.constantFrom("licenses", "license_management", "a"), badName),
  leaf("access.username", fc.constantFrom("license_app", "app2", "u_"), badName),
  leaf("access.port", integers(1, 65_535), orAbsurd(0, 65_536, "5432x", -5, "")),
  leaf(
    "access.allowedCidrs",
    fc.constantFrom<unknown>([], ["10.0.0.0/8"], ["10.1.0.0/16", "fd00::/8"], "192.168.1.7/32"),
    fc.constantFrom<unknown>(
      null,
      ["0.0.0.0/0"],
      ["::/0"],
      ["10.0.0.1/8"],
      ["10.0.0.0"],
      ["10.0.0.0/33"],
      ["300.0.0.0/8"],
      [null],
      [["10.0.0.0/8"]],
      ["10.0.0.0/8", "10.0.0.0/8"],
      { a: 1 },
      7,
      [{}],
    ),
  ),
  leaf(
    "access.allowedSecurityGroups",
    fc.constantFrom<unknown>([], ["sg-0abc"]),
    fc.constantFrom<unknown>(null, ["default"], ["sg-"], [5], { a: 1 }, "no"),
  ),
  leaf("pool.serverConnections", integers(1, 80), badInteger),
  leaf("pool.clientConnections", integers(200, 100_000), badInteger),
  leaf("pool.application.size", integers(1, 200), badInteger),
  leaf("pool.application.idleTimeout", fc.constantFrom("30s", "30000ms", "0", "5m"), badDuration),
  leaf("pool.application.connectionTimeout", fc.constantFrom("2s", "2000ms"), badDuration),
  leaf("backups.retention", fc.integer({ min: 8, max: 730 }).map(day), badDuration),
  leaf("backups.pointInTimeRecovery", fc.integer({ min: 1, max: 7 }).map(day), badDuration),
  leaf("backups.window", fc.constantFrom("00:00-01:00", "1:00-2:00", "23:00-00:30"), badWindow),
  leaf("backups.archiveRetention", fc.constantFrom<unknown>("365d", "1 year", 0, "0", "52w"), badDuration),
  leaf("backups.recoveryPointObjective", fc.constantFrom("5m", "60s", "1h"), badDuration),
  leaf("backups.finalBackup", booleans, badBoolean),
  leaf("encryption.atRest", booleans, badBoolean),
  leaf("encryption.keyRotation", fc.constantFrom("365d", "90d", "1y"), badDuration),
  leaf("encryption.passwordRotation", fc.constantFrom("7d", "90d"), badDuration),
  leaf(
    "alerts.contacts",
    fc.constantFrom<unknown>([], ["dba@example.org"], ["https://example.org/hook/1"], "mailto:dba@example.org"),
    fc.constantFrom<unknown>(null, ["nobody"], ["http://example.org"], ["https://user:pw@example.org"], [5], {}, [
      "a@b",
    ]),
  ),
  leaf(
    "alerts.thresholds.cpu.above",
    fc.constantFrom<unknown>(70, "70", "70%", "99.5 %"),
    orAbsurd(101, "-1%", "80 percent", ""),
  ),
  leaf("alerts.thresholds.cpu.for", fc.constantFrom("5m", "0", "90s"), badDuration),
  leaf("alerts.thresholds.replicationLag.above", fc.constantFrom("30s", "1m"), badDuration),
  leaf("alerts.thresholds.missingReplicas.above", integers(0, 5), badInteger),
  leaf("maintenance.window", fc.constantFrom("Sun 02:00-04:00", "Wed 03:00-03:30", "05:00-07:00"), badWindow),
  leaf("maintenance.minorVersions", fc.constantFrom("automatic", "planned"), badWord),
  leaf("deletionProtection", booleans, badBoolean),
  leaf("timeZone", fc.constantFrom("UTC", "Asia/Shanghai", "europe/berlin"), orAbsurd("+08:00", "Mars/Base", 8, "")),
  leaf("vendor", fc.constantFrom("aws", "alicloud"), badWord),
  leaf("environment", fc.constant("prod"), badWord),
];

const userParameters = parameters.filter(
  (one) => ownerOf(one).owner === "user" && !/_protocol_version|synchronous_commit|wal_level/.test(one.name),
);
const platformParameters = parameters.filter((one) => ownerOf(one).owner === "platform");

const goodParameters = fc.constantFrom<Raw>(
  {},
  { work_mem: "8MB" },
  { WORK_MEM: 4096, "pg_stat_statements.max": 2000 },
  { wal_level: "logical", jit: false },
  {
    log_min_duration_statement: "500ms",
    synchronous_commit: "remote_apply",
    shared_preload_libraries: ["auto_explain"],
  },
  { listen_addresses: "*", hot_standby: "on" },
);

const goodTags = fc.constantFrom<Raw>({}, { team: "licensing", "cost center": 42 });

/** One mistake: where it is, and how it is put into a configuration. */
export interface Mistake {
  readonly path: Path;
  readonly value: unknown;
}

const badValueOf = (name: string, vartype: string): readonly unknown[] =>
  vartype === "string"
    ? [null, {}, "two\nlines", "x".repeat(5000)]
    : [null, {}, [], "", "💥", "12 parsecs", `${name}!`, "1e309"];

const anyMistake: fc.Arbitrary<Mistake> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...leaves).chain(({ path, bad }) => bad.map((value) => ({ path, value }))) },
  {
    weight: 2, // a key nobody knows: a typo, or a name every object inherits
    arbitrary: fc
      .tuple(
        fc.constantFrom<Path>(
          [],
          ["size"],
          ["access"],
          ["backups"],
          ["pool", "application"],
          ["alerts", "thresholds"],
          ["engine"],
          ["maintenance"],
        ),
        fc.constantFrom(
          "__proto__",
          "constructor",
          "toString",
          "hasOwnProperty",
          "valueOf",
          "replicsa",
          "memroy",
          "retentoin",
          "password",
          "💥",
          "a b",
          "a.b",
          "ключ",
          "-",
        ),
        fc.constantFrom<unknown>(1, "x", null, {}),
      )
      .map(([group, key, value]) => ({ path: [...group, key], value })),
  },
  {
    weight: 1, // a group that is none
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          "size",
          "engine",
          "access",
          "pool",
          "backups",
          "encryption",
          "alerts",
          "maintenance",
          "tags",
          "parameters",
        ),
        fc.constantFrom<unknown>(null, "", "big", 7, [], [{}], true),
      )
      .map(([group, value]) => ({ path: [group], value })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...userParameters)
      .chain((one) =>
        fc
          .constantFrom(...badValueOf(one.name, one.vartype))
          .map((value) => ({ path: ["parameters", one.name], value })),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...platformParameters)
      .map(({ name }) => ({ path: ["parameters", name], value: "sentinel" })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("wrok_mem", "shared-buffers", "__proto__", "no.such", "💥", "")
      .map((name) => ({ path: ["parameters", name], value: "1GB" })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("aws:x", "", " x", "__proto__", "a\nb", "x".repeat(200))
      .map((key) => ({ path: ["tags", key], value: "v" })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<unknown>("x".repeat(500), {}, [], null, "a\u0000b")
      .map((value) => ({ path: ["tags", "team"], value })),
  },
);

/** Mistakes that do not hide one another: none lies within another. */
export const mistakes: fc.Arbitrary<readonly Mistake[]> = fc
  .array(anyMistake, { minLength: 1, maxLength: 6 })
  .map((all) => all.filter(({ path }, index) => !all.some((other, at) => at < index && nested(path, other.path))));

const nested = (a: Path, b: Path): boolean =>
  a.every((key, index) => b[index] === key) || b.every((key, index) => a[index] === key);

/** A configuration that is right: any of the keys, each with a good value. */
export const goodConfiguration: fc.Arbitrary<Raw> = fc
  .tuple(
    fc.tuple(...leaves.map(({ good }) => fc.option(good, { nil: undefined, freq: 2 }))),
    goodParameters,
    goodTags,
    fc.constantFrom("aws", "alicloud"),
  )
  .map(([values, parameters_, tags, vendor]) => {
    const raw: Raw = { vendor, parameters: parameters_, tags };
    values.forEach((value, index) => {
      const path = leaves[index]?.path;
      if (path && value !== undefined) put(raw, path, value);
    });
    return raw;
  });

/** Puts a value at a path, as JSON.parse would: "__proto__" becomes a key like any other. */
export function put(raw: Raw, [key = "", ...rest]: Path, value: unknown): void {
  const inner = Object.hasOwn(raw, key) ? raw[key] : undefined;
  const below = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? { ...inner } : {};
  if (rest.length > 0) put(below as Raw, rest, value);
  Object.defineProperty(raw, key, {
    value: rest.length > 0 ? below : value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
