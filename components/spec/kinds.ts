/** The kinds of value a configuration field may hold. Each says in words what it takes. */
import { isIP } from "node:net";
import * as ipaddr from "ipaddr.js"; // CIDR arithmetic
import type { Kind } from "./fields";
import { nearest } from "./nearest";
import { bad, good, type Parsed } from "./parsed";
import type { Bytes, Seconds, Window } from "./spec";
import { parseTimeZone } from "./timeZones";
import { asText, formatDuration, formatSize, parseDuration, parseSize } from "./units";
import { parseWindow, windowMinutes } from "./windows";

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A whole number; also as text, as the top level of a stack's configuration is all text. */
export function integer({ min, max }: Bounds, type = "whole number"): Kind<number> {
  const allowed = `a whole number from ${min} to ${max}`;
  return {
    type,
    allowed,
    parse(value) {
      const text = asText(value);
      const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
      if (!(number >= min && number <= max)) return bad(allowed, "Write such a number.");
      return good(number === 0 ? 0 : number); // no -0
    },
  };
}

export const port: Kind<number> = integer({ min: 1, max: 65_535 }, "port");

const booleanWords = new Map<unknown, boolean>([
  ...(["true", "yes", "on", true] as const).map((word) => [word, true] as const),
  ...(["false", "no", "off", false] as const).map((word) => [word, false] as const),
]);

export const boolean: Kind<boolean> = {
  type: "boolean",
  allowed: "true or false",
  parse(value) {
    const found = booleanWords.get(typeof value === "string" ? value.trim().toLowerCase() : value);
    return found === undefined
      ? bad("true or false", "Write true or false.", nearest(asText(value), ["true", "false"]))
      : good(found);
  },
};

/** One of some words, exactly. */
export function oneOf<T extends string>(...words: readonly T[]): Kind<T> {
  const allowed = `one of ${words.join(", ")}`;
  return {
    type: "word",
    allowed,
    parse(value) {
      const found = words.find((word) => word === value);
      return found === undefined
        ? bad(allowed, "Write one of these words.", nearest(asText(value), words))
        : good(found);
    },
  };
}

/** Text of a shape, and not one of the words that are taken. */
export function text(settings: {
  readonly type: string;
  readonly shape: RegExp;
  readonly allowed: string;
  readonly mend: string;
  readonly taken?: (text: string) => string | undefined;
}): Kind<string> {
  const { type, shape, allowed, mend, taken } = settings;
  return {
    type,
    allowed,
    parse(value) {
      if (typeof value !== "string" || value.length > 2048 || !shape.test(value)) return bad(allowed, mend);
      const by = taken?.(value);
      return by === undefined ? good(value) : bad(allowed, `Choose another: ${by}.`);
    },
  };
}

/** Bytes, written "16GB". */
export function size({ min, max }: Bounds): Kind<Bytes> {
  const allowed = `a size from ${formatSize(min)} to ${formatSize(max)}, such as "16GB"`;
  return {
    type: "size",
    allowed,
    parse: (value) => bounded(parseSize(value), { min, max }, allowed, formatSize),
  };
}

/** Seconds, written "15d" or "1h30m". */
export function duration({ min, max, step }: Bounds & { readonly step?: Seconds }): Kind<Seconds> {
  const steps = step === undefined ? "" : `, a multiple of ${formatDuration(step)}`;
  const allowed = `a duration from ${formatDuration(min)} to ${formatDuration(max)}${steps}, such as "15d" or "1h30m"`;
  return {
    type: "duration",
    allowed,
    parse(value) {
      const parsed = bounded(parseDuration(value), { min, max }, allowed, formatDuration);
      if (!parsed.ok || step === undefined || parsed.value % step === 0) return parsed;
      return bad(allowed, `Write a multiple of ${formatDuration(step)}.`);
    },
  };
}

/** A duration, or 0 for "switched off". */
export function orNone(kind: Kind<Seconds>): Kind<Seconds> {
  const allowed = `${kind.allowed}; 0 switches it off`;
  return {
    type: kind.type,
    allowed,
    parse(value, reading) {
      const none = parseDuration(value);
      if (none.ok && none.value === 0) return none;
      const parsed = kind.parse(value, reading);
      return parsed.ok ? parsed : { ...parsed, allowed };
    },
  };
}

export const timeZone: Kind<string> = {
  type: "time zone",
  allowed: 'the name of a time zone, such as "Asia/Shanghai" or "UTC"',
  parse: parseTimeZone,
};

/** A weekly or daily window of at least `leastMinutes`. */
export function timeWindow(leastMinutes: number): Kind<Window> {
  const allowed = `a window of at least ${leastMinutes} minutes, such as "Sun 02:00-04:00 Asia/Shanghai"; without a weekday it is daily, without a zone in the stack's own`;
  return {
    type: "window",
    allowed,
    parse(value, reading) {
      const parsed = parseWindow(value, reading.timeZone);
      if (!parsed.ok || windowMinutes(parsed.value) >= leastMinutes) return parsed;
      return bad(allowed, "Let it be longer: services do not accept shorter ones.");
    },
  };
}

/** The widest block that is still a network of somebody's own rather than the internet. */
const widestPrefix = { ipv4: 8, ipv6: 7 };

/** R11: a block of addresses, never all of them. */
export const cidr: Kind<string> = {
  type: "CIDR block",
  allowed: 'an IPv4 or IPv6 block such as "10.0.0.0/16", no wider than /8 (IPv4) or /7 (IPv6)',
  parse(value) {
    const [address = "", prefix = "", ...more] = asText(value).split("/");
    const family = { 4: "ipv4" as const, 6: "ipv6" as const }[isIP(address)];
    if (family === undefined || address.includes("%"))
      return bad(cidr.allowed, "Write an address, a slash and a number of bits.");
    const most = family === "ipv4" ? 32 : 128;
    if (more.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > most) {
      return bad(cidr.allowed, "Add the number of bits after a slash.", `${address}/${most}`);
    }
    if (Number(prefix) < widestPrefix[family])
      return bad(cidr.allowed, "Name the networks that need it: the database is never public (R11).");
    const block = `${address}/${Number(prefix)}`;
    const network = (family === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(block);
    if (ipaddr.parse(address).toNormalizedString() !== network.toNormalizedString()) {
      const right = `${network.toString()}/${Number(prefix)}`;
      return bad(cidr.allowed, `Write the first address of the block: ${right}.`, right);
    }
    return good(block);
  },
};

function bounded(
  parsed: Parsed<number>,
  { min, max }: Bounds,
  allowed: string,
  format: (value: number) => string,
): Parsed<number> {
  if (!parsed.ok) return { ...parsed, allowed };
  if (parsed.value < min) return bad(allowed, `Write at least ${format(min)}.`);
  if (parsed.value > max) return bad(allowed, `Write at most ${format(max)}.`);
  return parsed;
}
