/** Failovers of either end, known long afterwards by its timeline: every promotion begins another, a restart does not. */
import type pg from "pg";
import { type End, on, rows } from "./end";
import type { State, Timelines } from "./state";

type Ends = { readonly source: End; readonly target: End };

/** Both ends' timelines now. */
export async function timelinesOf({ source, target }: Ends): Promise<Timelines> {
  const [one, other] = await Promise.all([source, target].map((end) => on(end, timelineOf)));
  return { source: one ?? "", target: other ?? "" };
}

/** The control file learns of a promotion only by the next checkpoint; the WAL is written to the new timeline at once. */
export async function timelineOf(client: pg.Client): Promise<string> {
  const [found] = await rows<{ timeline: string }>(
    client,
    "select left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) as timeline",
  );
  return found?.timeline ?? "";
}

/** Which ends have failed over since both were last known to hold the same; with `now` as they are. */
export function failedOver({ source, target }: Ends, { timelines }: State, now: Timelines): string[] {
  return [
    ...(timelines?.source === now.source ? [] : [source.label]),
    ...(timelines?.target === now.target ? [] : [target.label]),
  ];
}
