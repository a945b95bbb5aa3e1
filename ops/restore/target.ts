/** The moment a restore brings back. */
export type Target =
  | { readonly type: "latest" }
  /** ISO 8601, UTC, to the microsecond. */
  | { readonly type: "time"; readonly at: string }
  /** A transaction's id, as pg_current_xact_id() says it. */
  | { readonly type: "xid"; readonly xid: bigint }
  /** As pg_create_restore_point() was given it. */
  | { readonly type: "name"; readonly name: string };

export class BadTarget extends Error {}

const ALLOWED =
  'a time with its zone ("2026-11-22 20:15:00+01", "2026-11-22T19:15:00Z"), a transaction ("xid:4711" or "4711"), a restore point ("name:before-release"), or latest';

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i;

/** Reads what follows --to. Throws `BadTarget` with what is wrong and what is allowed. */
export function parseTarget(text: string): Target {
  const given = text.trim();
  const bad = (why: string) => new BadTarget(`--to is "${text}": ${why}. It takes ${ALLOWED}.`);
  if (given.toLowerCase() === "latest") return { type: "latest" };
  const xid = /^(?:xid:)?(\d+)$/i.exec(given)?.[1];
  if (xid !== undefined) {
    const number = BigInt(xid);
    if (number < 3n || number >= 1n << 64n) throw bad("transactions are numbered from 3 on");
    return { type: "xid", xid: number };
  }
  const name = /^name:(.*)$/i.exec(given)?.[1];
  if (name !== undefined) {
    // PostgreSQL keeps 63 bytes of it.
    if (name === "" || Buffer.byteLength(name) > 63) throw bad("a restore point's name has 1 to 63 bytes");
    return { type: "name", name };
  }
  const parts = TIME.exec(given);
  if (parts === null) throw bad("that is none of what it takes");
  const [, day = "", hour = "", minute = "", second = "00", fraction = "", zone] = parts;
  if (zone === undefined) throw bad("it names no time zone, and a restore to another hour is another restore");
  const whole = new Date(`${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(whole.getTime()) || whole.toISOString().slice(0, 10) !== day) throw bad("there is no such time");
  const offset = offsetOf(zone);
  if (offset === undefined) throw bad(`${zone} is no offset from UTC`);
  const utc = new Date(whole.getTime() - offset * 60_000);
  return { type: "time", at: `${utc.toISOString().slice(0, 19)}.${fraction.padEnd(6, "0")}Z` };
}

/** Minutes east of UTC; undefined where no zone is that far. */
function offsetOf(zone: string): number | undefined {
  if (/^(Z|UTC)$/i.test(zone)) return 0;
  const [, sign, hours, minutes = "00"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const value = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && value <= 15 * 60 ? (sign === "-" ? -value : value) : undefined;
}

/** pgBackRest's options for it. */
export function targetOptions(target: Target, exclusive: boolean): string[] {
  const until = exclusive && (target.type === "time" || target.type === "xid") ? ["--target-exclusive"] : [];
  const stop = (type: string, value: string) => [
    `--type=${type}`,
    `--target=${value}`,
    "--target-action=promote",
    ...until,
  ];
  switch (target.type) {
    case "latest":
      return ["--type=default"];
    case "time":
      return stop("time", pgTime(target.at));
    case "xid":
      return stop("xid", String(target.xid));
    case "name":
      return stop("name", target.name);
  }
}

/** "2026-11-22 19:15:00.000000+00" */
const pgTime = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, -1)}+00`;

export function describeTarget(target: Target, exclusive = false): string {
  switch (target.type) {
    case "latest":
      return "the newest state the backups hold";
    case "time":
      return `${exclusive ? "just before " : ""}${pgTime(target.at)}`;
    case "xid":
      return `${exclusive ? "just before" : "with"} transaction ${target.xid}`;
    case "name":
      return `restore point "${target.name}"`;
  }
}
