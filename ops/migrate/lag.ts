/** How far the subscriber is behind the publisher, in bytes and in time. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, OperationError } from "../cli/exit";
import { megabytes } from "./checks";
import { on } from "./end";
import { endHanging, type Lag, type Link, lagOf } from "./link";
import { dropMarkers, markerArrives, setMarker } from "./marks";

export interface Following extends Lag {
  /** From a commit at the one end to its being seen at the other. */
  readonly seconds: number;
}

export const inWords = ({ bytes, seconds, active }: Following): string =>
  active ? `${megabytes(bytes)}, ${seconds.toFixed(1)} s behind` : `not connected, ${megabytes(bytes)} behind`;

/** Sends a marker and waits for it, at most `wait` milliseconds; what has not arrived by then is told as that much behind. */
export async function measure(link: Link, wait = 10_000): Promise<Following> {
  const id = randomUUID();
  const began = performance.now();
  const lag = await on(link.publisher, async (client) => {
    await dropMarkers(client);
    await setMarker(client, id);
    return lagOf(link, client);
  });
  if (lag === undefined) throw gone(link);
  if (lag.walStatus === "lost") throw gone(link);
  await on(link.subscriber, async (client) => {
    await endHanging(client, link);
    await markerArrives(client, id, wait - (performance.now() - began), 20);
  });
  const seconds = (performance.now() - began) / 1_000;
  // Seen after the marker has arrived: what is behind then is what came meanwhile.
  const after = await on(link.publisher, (client) => lagOf(link, client));
  return { ...(after ?? lag), seconds };
}

const gone = (link: Link): OperationError =>
  new OperationError(
    EXIT.failed,
    `The replication slot at ${link.publisher.label} is lost, and with it changes: license-db migrate verify --repair begins with another.`,
  );

/** Milliseconds between two looks. */
const PAUSE = 500;

/**
 * Waits until changes arrive within `most` milliseconds: as long as they take, nobody can write at the hand-over.
 *
 * @param wait milliseconds.
 * @throws OperationError where they do not get that fast.
 */
export async function closeBehind(
  link: Link,
  most: number,
  wait: number,
  { progress, signal }: { readonly progress: (text: string) => void; readonly signal: AbortSignal },
): Promise<Following> {
  for (const until = performance.now() + wait; ; ) {
    const now = await measure(link, Math.max(most, until - performance.now()));
    if (now.active && now.seconds * 1_000 <= most) return now;
    signal.throwIfAborted();
    if (performance.now() >= until) {
      throw new OperationError(
        EXIT.failed,
        `Changes take ${now.seconds.toFixed(1)} s to arrive at ${link.subscriber.label} (${inWords(now)}), and so long nobody could write. ` +
          "Nothing was switched. Try again when less is written, or let it take that long (--most-delay).",
      );
    }
    progress(inWords(now));
    await sleep(PAUSE, undefined, { signal }).catch(() => {});
  }
}
