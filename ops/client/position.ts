/**
 * A place in the writer's log of changes (an LSN, "16/B374D848"). Whoever has written and reads with a position taken
 * after that sees what was written. It is a plain string: put it into a cookie or a job.
 */
export type Position = string & { readonly [positionBrand]: true };
declare const positionBrand: unique symbol;

const FORM = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i;

/** @throws TypeError for what is no position. */
export function asPosition(text: string): Position {
  if (!FORM.test(text)) {
    throw new TypeError(`a position is "XXXXXXXX/XXXXXXXX" in hexadecimal, as db.position() gives it, not "${text}"`);
  }
  return text as Position;
}

/** Bytes from the log's beginning. */
export function bytesOf(position: Position): bigint {
  const [high = "", low = ""] = position.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** Whether a server that has replayed up to `replayed` shows everything up to `wanted`. */
export const hasReached = (replayed: Position, wanted: Position): boolean => bytesOf(replayed) >= bytesOf(wanted);
