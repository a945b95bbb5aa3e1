import { on, rows } from "./end";
import { failedOver, timelinesOf } from "./failovers";
import { liveEnd } from "./handover";
import { inWords, measure } from "./lag";
import { lagOf, subscriptionOf } from "./link";
import { linkOf, type Migration } from "./migration";
import type { State } from "./state";

export interface Status {
  readonly phase: State["phase"] | "stopped" | "switched";
  readonly source: string;
  readonly target: string;
  /** Where writes are let in. */
  readonly live: string;
  readonly flows: { readonly from: string; readonly to: string; readonly enabled: boolean } | null;
  readonly bytesBehind: number | null;
  readonly secondsBehind: number | null;
  /** Ends that have failed over since both were last known to hold the same. */
  readonly failedOver: readonly string[];
  /** Changes that the subscriber could not apply, where its version tells. */
  readonly applyErrors: number | null;
  readonly startedAt: string;
  readonly switchedAt: string | null;
}

export async function statusOf(migration: Pick<Migration, "source" | "target">, state: State): Promise<Status> {
  const link = linkOf(migration, state.direction);
  const before = {
    source: state.source,
    target: migration.target.label,
    startedAt: state.startedAt,
    switchedAt: state.switchedAt ?? null,
    failedOver:
      state.direction === "back" && !state.wayBack ? [] : failedOver(migration, state, await timelinesOf(migration)),
  };
  const nothing = { flows: null, bytesBehind: null, secondsBehind: null, applyErrors: null };
  if (state.phase !== "following") {
    return { phase: state.phase, ...before, live: migration.source.label, ...nothing };
  }
  const live = await liveEnd(link, state);
  const [subscription, lag] = await Promise.all([
    on(link.subscriber, (client) => subscriptionOf(client, link)),
    on(link.publisher, (client) => lagOf(link, client)),
  ]);
  const switched = state.direction === "back";
  const measured = subscription?.enabled && lag?.active ? await measure(link) : undefined;
  return {
    ...before,
    phase: live === "nobody" ? "stopped" : switched || live === "subscriber" ? "switched" : "following",
    live: live === "nobody" ? "nobody" : live === "publisher" ? link.publisher.label : link.subscriber.label,
    flows: subscription
      ? { from: link.publisher.label, to: link.subscriber.label, enabled: subscription.enabled }
      : null,
    bytesBehind: measured?.bytes ?? lag?.bytes ?? null,
    secondsBehind: measured?.seconds ?? null,
    applyErrors: await applyErrors(migration, link.subscriber),
  };
}

async function applyErrors(_: unknown, subscriber: Migration["target"]): Promise<number | null> {
  const found = await on(subscriber, (client) =>
    rows<{ errors: string }>(client, "select sum(apply_error_count)::text as errors from pg_stat_subscription_stats"),
  ).catch(() => []);
  return found[0] ? Number(found[0].errors) : null;
}

const NEXT: Readonly<Record<Status["phase"], string>> = {
  loading: "license-db migrate load goes on, or begins anew where the source has let go of the snapshot",
  schema: "license-db migrate load goes on with indexes and constraints",
  loaded: "license-db migrate follow",
  following: "license-db migrate cutover",
  stopped:
    "nobody may write: license-db migrate cutover goes on, license-db migrate rollback lets writes in where they were",
  switched: "license-db migrate rollback goes back; license-db migrate abandon ends it for good",
};

export function statusText(status: Status): string {
  const { phase, source, target, live, flows, bytesBehind, secondsBehind, failedOver: lost, applyErrors } = status;
  return [
    `${source} to ${target}: ${phase}`,
    `writes go to: ${live}`,
    flows
      ? `changes flow from ${flows.from} to ${flows.to}${flows.enabled ? "" : " (stopped)"}${bytesBehind === null ? "" : `: ${inWords({ bytes: bytesBehind, seconds: secondsBehind ?? 0, active: secondsBehind !== null })}`}`
      : "no changes flow",
    ...(lost.length > 0
      ? [
          `failed over since both ends were known to hold the same: ${lost.join(", ")}; license-db migrate follow compares them, and mends what differs`,
        ]
      : []),
    ...(applyErrors ? [`${applyErrors} changes could not be applied: the subscriber's log tells why`] : []),
    `next: ${NEXT[phase]}`,
  ].join("\n");
}
