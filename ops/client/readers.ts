import { setTimeout as sleep } from "node:timers/promises";
import type { PoolClient } from "pg";
import { Freshness } from "./freshness";
import { asPosition, type Position } from "./position";
import type { Server } from "./server";

/** Milliseconds a reader is left alone after it failed. */
const REST = 1_000;
/** Milliseconds a question about lag may take. */
const PATIENCE = 1_000;

export const WRITER_POSITION = "select pg_current_wal_lsn()::text as position";
/** `replayed` is null on a server that is no replica. */
export const READER_POSITION = `select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()::text end as replayed`;

interface State {
  readonly server: Server;
  /** Milliseconds behind the writer at most, when last asked. */
  lag: number;
  /** Not to be used until then. */
  restsUntil: number;
}

/** The readers, and which of them is fit to read from. Measured while there are reads, and by no timer. */
export class Readers {
  private readonly states: readonly State[];
  private readonly freshness: Freshness;
  private readonly interval: number;
  private asked = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;
  private writerAnswers = true;
  private next = 0;

  constructor(
    servers: readonly Server[],
    private readonly writer: Server,
    private readonly maxLag: number,
  ) {
    this.states = servers.map((server) => ({ server, lag: Number.POSITIVE_INFINITY, restsUntil: 0 }));
    this.interval = Math.min(1_000, maxLag / 4);
    this.freshness = new Freshness(Math.max(maxLag === Number.POSITIVE_INFINITY ? 0 : 2 * maxLag, 60_000));
  }

  get lags(): readonly { readonly server: Server; readonly lag: number | undefined }[] {
    return this.states.map(({ server, lag }) => ({ server, lag: Number.isFinite(lag) ? lag : undefined }));
  }

  /** A reader fit to read from, the least busy; else why there is none. */
  async choose(): Promise<Server | "lag" | "unreachable" | "none"> {
    if (this.states.length === 0) return "none";
    if (this.maxLag !== Number.POSITIVE_INFINITY) await this.keepWatch();
    const now = performance.now();
    const awake = this.states.filter(({ restsUntil }) => restsUntil <= now);
    if (awake.length === 0) return "unreachable";
    // While the writer does not answer nobody knows the lag, and a reader is all there is.
    const fit = awake.filter(
      ({ lag }) => lag <= this.maxLag || !this.writerAnswers || this.maxLag === Number.POSITIVE_INFINITY,
    );
    return this.leastBusy(fit) ?? "lag";
  }

  /** It failed a call. */
  avoid(server: Server): void {
    for (const state of this.states) if (state.server === server) state.restsUntil = performance.now() + REST;
  }

  /** A position that holds everything committed up to `maxLag` milliseconds ago. */
  async positionFor(maxLag: number, ask: () => Promise<Position>): Promise<Position> {
    const known = this.freshness.positionAt(performance.now() - maxLag);
    if (known !== undefined) return known;
    const at = performance.now();
    const position = await ask();
    this.freshness.record(at, position);
    return position;
  }

  private leastBusy(states: readonly State[]): Server | undefined {
    this.next += 1;
    const turned = states.map((_, index) => states[(index + this.next) % states.length] as State);
    const busy = ({ server }: State) => server.counts.connections - server.counts.idle + server.counts.waiting;
    return turned.reduce<State | undefined>((best, one) => (best && busy(best) <= busy(one) ? best : one), undefined)
      ?.server;
  }

  /** Asks anew when it is time; waits for the answer only where the last one is too old to mean anything. */
  private async keepWatch(): Promise<void> {
    const age = performance.now() - this.asked;
    // Who reads from the writer meanwhile is to leave it soon.
    const allFit = this.states.every(({ lag }) => lag <= this.maxLag);
    if (age < (allFit ? this.interval : this.interval / 5)) return;
    this.asking ??= this.measure().finally(() => {
      this.asking = undefined;
    });
    if (age > this.maxLag / 2) await this.asking;
  }

  private async measure(): Promise<void> {
    const asked = performance.now();
    try {
      this.freshness.record(asked, await this.writer.with(PATIENCE, positionOf, { urgent: true }));
      this.writerAnswers = true;
    } catch {
      this.writerAnswers = false;
    }
    await Promise.all(this.states.map((state) => this.look(state)));
    this.asked = performance.now();
  }

  private async lagOf(client: PoolClient): Promise<number> {
    for (let look = 1; ; look++) {
      const at = performance.now();
      const replayed = await replayedBy(client);
      const lag = replayed === undefined ? 0 : this.freshness.lag(at, replayed);
      if (lag <= this.maxLag || look === LOOKS) return lag;
      await sleep(MOMENT);
    }
  }

  private async look(state: State): Promise<void> {
    try {
      state.lag = await state.server.with(PATIENCE, (client) => this.lagOf(client), { urgent: true });
      state.restsUntil = 0;
    } catch {
      state.restsUntil = performance.now() + REST;
    }
  }
}

/** Of a reader, each some milliseconds after the last: what the writer has said just now, a busy one shows only then. */
const LOOKS = 5;
const MOMENT = 20;

const QUICKLY = { query_timeout: PATIENCE };

export async function positionOf(client: PoolClient): Promise<Position> {
  const { rows } = await client.query<{ position: string }>({ text: WRITER_POSITION, ...QUICKLY });
  return asPosition(rows[0]?.position ?? "");
}

async function replayedBy(client: PoolClient): Promise<Position | undefined> {
  const { rows } = await client.query<{ replayed: string | null }>({ text: READER_POSITION, ...QUICKLY });
  const replayed = rows[0]?.replayed;
  return typeof replayed === "string" ? asPosition(replayed) : undefined;
}
