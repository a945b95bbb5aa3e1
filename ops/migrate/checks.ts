/** What has to be so before a migration begins: a table of rules over what was seen at both ends. Pure. */
import { PUBLICATION, plain } from "./names";
import type { Survey } from "./survey";

export type Verdict = "ok" | "warn" | "stop";

export interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  /** What was found. */
  readonly found: string;
  /** How to mend it, or what follows from it. */
  readonly mend?: string;
  /** It stops, unless --accept NAME says that what is left behind may be. */
  readonly acceptable?: boolean;
}

export interface Ends {
  readonly source: Survey;
  readonly target: Survey;
  /** The other end of a stack's replication survives a failover without loss. */
  readonly targetCluster: "single" | "managed" | "patroni";
  /** Bytes free where the target's data is; undefined: a service tells by its own means. */
  readonly freeBytes?: number;
}

type Finding = { readonly verdict: Verdict; readonly found: string; readonly mend?: string };

interface Rule {
  readonly name: string;
  readonly acceptable?: boolean;
  check(ends: Ends): Finding;
}

const OLDEST = 120_000;
const major = ({ versionNumber }: Survey): number => Math.floor(versionNumber / 10_000);
const ok = (found: string): Finding => ({ verdict: "ok", found });
const stop = (found: string, mend: string): Finding => ({ verdict: "stop", found, mend });
const warn = (found: string, mend: string): Finding => ({ verdict: "warn", found, mend });
const list = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
const setting = (survey: Survey, name: string): number => Number(survey.settings[name] ?? 0);

/** Nothing, or something of which the user must know. */
const none = (names: readonly string[], what: string, verdict: "warn" | "stop", mend: string): Finding =>
  names.length === 0 ? ok("none") : { verdict, found: `${what}: ${list(names)}`, mend };

const RULES: readonly Rule[] = [
  {
    name: "version",
    check({ source, target }) {
      const found = `${source.version} to ${target.version}`;
      if (source.versionNumber < OLDEST) {
        return stop(found, "12 is the oldest that is taken over: upgrade the source first, or use pg_dump alone");
      }
      if (major(source) <= major(target)) return ok(found);
      return warn(
        found,
        "the source is newer: what its version alone has makes the load of the schema stop, before any data is moved",
      );
    },
  },
  {
    name: "same database",
    check: ({ source, target }) =>
      source.system === target.system && source.database === target.database
        ? stop(`both ends are database ${target.database} of one server`, "name another source or another stack")
        : ok("two databases"),
  },
  {
    name: "primary",
    check: ({ source }) =>
      source.inRecovery
        ? stop("the source is a replica", "name its primary: only there a slot and its snapshot can be made")
        : ok("the source takes writes"),
  },
  {
    name: "target empty",
    check: ({ target }) =>
      none(
        target.tables.map(plain),
        "tables",
        "stop",
        "the stack's database must hold no tables: drop them, or take a new stack; what an earlier load has left, `migrate abandon` removes",
      ),
  },
  {
    name: "left over",
    check({ source, target }) {
      const where = [source, target].filter(({ leftover }) => leftover).map(({ label }) => label);
      return none(where, "another migration has left its marks on", "stop", "end that one: license-db migrate abandon");
    },
  },
  {
    name: "encoding",
    check({ source, target }) {
      const found = `${source.encoding} to ${target.encoding}`;
      if (source.encoding === target.encoding) return ok(found);
      if (source.encoding === "SQL_ASCII") {
        return stop(
          found,
          "SQL_ASCII says nothing about its bytes: dump, convert and load it into a UTF8 database first",
        );
      }
      return target.encoding === "UTF8"
        ? warn(found, "texts are converted on the way")
        : stop(found, "the target must be UTF8 to hold all texts");
    },
  },
  {
    name: "collation",
    check({ source, target }) {
      const [from, to] = [source, target].map(
        ({ collation, collationProvider }) => `${collation} (${collationProvider})`,
      );
      return from === to
        ? ok(String(from))
        : warn(`${from} to ${to}`, "texts sort in another order; indexes are built anew, so nothing breaks by that");
    },
  },
  {
    name: "extensions",
    check({ source, target }) {
      const missing = source.extensions.filter(({ name }) => !(name in target.availableExtensions));
      if (missing.length > 0) {
        return stop(
          `not to be had on the target: ${list(missing.map(({ name }) => name))}`,
          "drop them on the source, or have them installed on the target's servers",
        );
      }
      const other = source.extensions.filter(({ name, version }) => target.availableExtensions[name] !== version);
      return other.length === 0
        ? ok(list(source.extensions.map(({ name }) => name)) || "none")
        : warn(
            list(other.map(({ name, version }) => `${name} ${version} becomes ${target.availableExtensions[name]}`)),
            "read their release notes",
          );
    },
  },
  {
    name: "extensions' data",
    check: ({ source }) =>
      none(source.extensionData, "hold data in tables of their own", "warn", "it is not carried: export it by hand"),
  },
  {
    name: "tables",
    check({ source }) {
      const tables = source.tables.filter(({ kind }) => kind === "r");
      return tables.length === 0
        ? stop("none", "there is nothing to move: is this the right database?")
        : ok(`${tables.length}, ${megabytes(source.bytes)} with indexes`);
    },
  },
  {
    name: "replica identity",
    check({ source }) {
      const tables = source.tables.filter(({ kind }) => kind === "r");
      const bare = tables.filter(({ identity }) => identity === "none").map(plain);
      if (bare.length > 0) {
        return stop(
          `without primary key: ${list(bare)}`,
          "published as they are, their updates and deletes would fail: add a primary key, or alter table … replica identity full",
        );
      }
      return none(
        tables.filter(({ identity }) => identity === "full").map(plain),
        "replica identity full",
        "warn",
        "each update and delete reads the whole table at the target: slow where it is big",
      );
    },
  },
  {
    name: "large-objects",
    acceptable: true,
    check: ({ source }) =>
      source.largeObjects === 0
        ? ok("none")
        : stop(
            `${source.largeObjects} large objects`,
            "replication does not carry them: move them into bytea columns (lo_get), or leave them behind",
          ),
  },
  {
    name: "unlogged-tables",
    acceptable: true,
    check: ({ source }) =>
      none(
        source.unlogged,
        "unlogged",
        "stop",
        "replication does not carry their rows: alter table … set logged, or leave the rows behind",
      ),
  },
  {
    name: "foreign-tables",
    acceptable: true,
    check: ({ source }) =>
      none(
        source.foreign,
        "foreign tables",
        "stop",
        "they and their servers are not carried: make them by hand, or leave them behind",
      ),
  },
  {
    name: "event-triggers",
    acceptable: true,
    check: ({ source }) =>
      none(source.eventTriggers, "event triggers", "stop", "only a superuser may have them: they are left behind"),
  },
  {
    name: "languages",
    check: ({ source }) =>
      none(
        source.untrusted,
        "functions in untrusted languages",
        "stop",
        "rewrite them: only a superuser may make such",
      ),
  },
  {
    name: "virtual columns",
    check: ({ source, target }) =>
      target.versionNumber >= 180_000
        ? ok("the target has them")
        : none(
            source.virtualColumns,
            "virtual generated columns",
            "stop",
            "the target's version has none: make them stored",
          ),
  },
  {
    name: "sequences",
    check: ({ source }) => ok(`${source.sequences}; not replicated, set exactly at the load and at the cut-over`),
  },
  {
    name: "wal_level",
    check: ({ source }) =>
      source.settings.wal_level === "logical"
        ? ok("logical")
        : stop(
            `${source.settings.wal_level} on the source`,
            "set wal_level = logical there and restart it (a stack: parameters.wal_level: logical and `up`; RDS: rds.logical_replication = 1)",
          ),
  },
  {
    name: "way back",
    acceptable: true,
    check({ source, target }) {
      const why = [
        ...(target.settings.wal_level === "logical"
          ? []
          : [`wal_level is ${target.settings.wal_level} on the target (parameters.wal_level: logical, and \`up\`)`]),
        ...(source.superuser ? [] : [`${source.user} is no superuser on the source and may not subscribe there`]),
      ];
      return why.length === 0
        ? ok("the source is kept up to date after the cut-over")
        : warn(why.join("; "), "without it `migrate cutover` asks for --no-way-back: then there is no rollback");
    },
  },
  {
    name: "slots",
    check({ source, target }) {
      const left = [source, target].flatMap(({ label, slots }) =>
        slots.filter(({ name }) => name.startsWith(PUBLICATION)).map(({ name }) => `${name} on ${label}`),
      );
      if (left.length > 0) {
        return stop(`left over: ${list(left)}`, "an earlier migration was not ended: license-db migrate abandon");
      }
      const idle = source.slots.filter(({ active }) => !active).map(({ name }) => name);
      if (source.slots.length >= setting(source, "max_replication_slots")) {
        return stop(
          `all ${source.slots.length} of the source are taken${idle.length > 0 ? `; nobody uses ${list(idle)}` : ""}`,
          "drop those that nobody needs (pg_drop_replication_slot), or raise max_replication_slots there and restart",
        );
      }
      return none(
        idle,
        "nobody uses",
        "warn",
        "they keep WAL on the source for ever: drop them where nobody needs them",
      );
    },
  },
  {
    name: "walsenders",
    check({ source }) {
      const most = setting(source, "max_wal_senders");
      return source.walSenders + 2 <= most
        ? ok(`${source.walSenders} of ${most} used`)
        : stop(
            `${source.walSenders} of ${most} used on the source`,
            "two are needed: raise max_wal_senders there and restart",
          );
    },
  },
  {
    name: "workers",
    check({ target }) {
      const workers = setting(target, "max_logical_replication_workers");
      return workers >= 1 && setting(target, "max_worker_processes") >= 2
        ? ok(`${workers} for logical replication`)
        : stop(`max_logical_replication_workers is ${workers} on the target`, "raise it to 4");
    },
  },
  {
    name: "kept WAL",
    check({ source }) {
      const limit = setting(source, "max_slot_wal_keep_size");
      return limit <= 0
        ? ok("the source keeps what the target has not had: watch its disk during load and follow")
        : warn(
            `max_slot_wal_keep_size is ${limit} MB on the source`,
            "more written than that during the load ends the migration: -1 while it lasts",
          );
    },
  },
  {
    name: "target's failover",
    check: ({ target, targetCluster }) =>
      targetCluster === "patroni" && target.settings.synchronous_standby_names === ""
        ? warn(
            "asynchronous",
            "a failover of the target while it follows may lose changes that are not sent again: follow then compares all rows, and brings anew the tables that differ",
          )
        : ok("what the target has acknowledged is kept"),
  },
  {
    name: "user",
    check({ source, target }) {
      const wrong = [
        ...(source.replication
          ? []
          : [`${source.user} may not replicate (alter role … replication; RDS: rds_replication)`]),
        ...(source.mayCreate ? [] : [`${source.user} may not create in ${source.database} (grant create on database)`]),
        ...(source.unreadable.length === 0 ? [] : [`${source.user} may not read ${list(source.unreadable)}`]),
      ];
      return wrong.length === 0
        ? ok(`${source.user} on the source, ${target.user} on the target`)
        : stop(wrong.join("; "), "grant it, or connect as another user");
    },
  },
  {
    name: "owners",
    check({ source }) {
      const grantees = source.grantees.filter((name) => name !== "public");
      return grantees.length === 0
        ? ok(`${list(source.owners) || "none"}; on the target the application's user owns everything`)
        : warn(
            `${list(grantees)} have rights on tables`,
            "the application's user owns everything on the target; roles and what they were granted are not carried",
          );
    },
  },
  {
    name: "prepared transactions",
    check: ({ source }) =>
      source.prepared === 0
        ? ok("none")
        : stop(
            `${source.prepared} prepared transactions on the source`,
            "end them: they hold up the slot and the cut-over",
          ),
  },
  {
    name: "other replication",
    check({ source }) {
      const subscribed = source.subscriptions.map((name) => `subscription ${name}`);
      const published = source.publications.filter((name) => name !== PUBLICATION).map((name) => `publication ${name}`);
      return none(
        [...subscribed, ...published],
        "the source has",
        "warn",
        "they are not carried; what a subscription brings to the source goes on to the target",
      );
    },
  },
  {
    name: "disk",
    check({ source, freeBytes }) {
      if (freeBytes === undefined) return ok(`${megabytes(source.bytes)} needed; the service tells what is free`);
      const found = `${megabytes(source.bytes)} needed on every member, ${megabytes(freeBytes)} free`;
      return source.bytes * 1.2 < freeBytes
        ? ok(found)
        : stop(found, "make room: data, its indexes and their WAL have to fit");
    },
  },
];

/** Every rule's answer. `accepted`: names of what may be left behind. */
export function judge(ends: Ends, accepted: readonly string[] = []): Check[] {
  return RULES.map(({ name, acceptable, check }) => {
    const { verdict, ...rest } = check(ends);
    const taken = verdict === "stop" && acceptable && accepted.includes(name);
    return { name, verdict: taken ? "warn" : verdict, ...rest, ...(acceptable ? { acceptable } : {}) };
  });
}

/** What --accept takes. */
export const ACCEPTABLE: readonly string[] = RULES.filter(({ acceptable }) => acceptable).map(({ name }) => name);

export const megabytes = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
