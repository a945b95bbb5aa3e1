import { join } from "node:path";
import pg from "pg";
import type * as client from "../../ops/client";
import { buildClient } from "../../ops/package/client";
import { ROOT } from "../../ops/setup/session";
import type { TestStack } from "../local/support/stack";
import { type Figure, median } from "./figures";

/** Of an application: more than there are connections (R10: 20), as on a busy day. */
const CALLERS = 100;
/** One value is of so many slices of each, in turns: what else the machine does is much the same for both. */
const SLICES = 8;
/** Milliseconds. */
const LASTS = 200;

const INSERT = "insert into benched values ($1) on conflict do nothing";
const SELECT = "select n from benched where n = $1";

/** One unit of work, done by many callers one after the other. */
type Work = (n: number) => Promise<unknown>;

interface Rivals {
  readonly library: Work;
  readonly bare: Work;
}

function rivals(db: client.LicenseDb, pool: pg.Pool): Readonly<Record<string, Rivals>> {
  const single = (text: string): Rivals => ({
    library: (n) => db.query(text, [n]),
    bare: (n) => pool.query(text, [n]),
  });
  return {
    "one-row selects": single(SELECT),
    "one-row inserts": single(INSERT),
    "transactions of two statements": {
      library: (n) =>
        db.transaction(async (transaction) => {
          await transaction.query(SELECT, [n]);
          await transaction.query(INSERT, [n]);
        }),
      async bare(n) {
        const client = await pool.connect();
        try {
          await client.query("begin");
          await client.query(SELECT, [n]);
          await client.query(INSERT, [n]);
          await client.query("commit");
        } finally {
          client.release();
        }
      },
    },
  };
}

/** Units of work per second, in one slice. */
async function rate(work: Work): Promise<number> {
  let done = 0;
  const began = performance.now();
  const end = began + LASTS;
  const caller = async (number: number) => {
    for (let n = number; performance.now() < end; n = (n + CALLERS) % 10_000) {
      await work(n);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, number) => caller(number)));
  return (done / (performance.now() - began)) * 1_000;
}

/** The client library against node `pg`'s own pool of the same size, one after the other and in turns. */
export async function clientLibrary(stack: TestStack, pairs: number, say: (text: string) => void): Promise<Figure[]> {
  // As an application has it: compiled, and not by what compiles as it runs.
  const folder = join(ROOT, "dist/client");
  buildClient(folder);
  const { fromOutputs, LicenseDb } = require(folder) as typeof client;
  const db = new LicenseDb(fromOutputs(await stack.outputs()));
  // R10's pool.
  const limits = { max: 20, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 2_000 };
  const pool = new pg.Pool({ ...(await stack.connection()), ...limits });
  pool.on("error", () => {});
  try {
    await db.query("create table if not exists benched (n int primary key)");
    const figures: Figure[] = [];
    for (const [name, { library, bare }] of Object.entries(rivals(db, pool))) {
      say(`client library, ${name}: library / bare pool`);
      await rate(library);
      await rate(bare);
      const rates: { readonly library: number; readonly bare: number }[] = [];
      for (let pair = 0; pair < pairs; pair++) {
        const sum = { library: 0, bare: 0 };
        for (let slice = 0; slice < SLICES; slice++) {
          const order = slice % 2 === 0 ? (["library", "bare"] as const) : (["bare", "library"] as const);
          for (const which of order) sum[which] += (await rate({ library, bare }[which])) / SLICES;
        }
        rates.push(sum);
      }
      const values = rates.map((one) => one.library / one.bare);
      say(`  ${values.map((value) => value.toFixed(3)).join(" ")}`);
      const perSecond = (which: "library" | "bare") => Math.round(median(rates.map((one) => one[which])));
      figures.push({
        name: `${name}: client library / bare pg pool`,
        unit: "ratio",
        values,
        goal: ">= 0.95",
        note: `per second, ${CALLERS} callers, 20 connections: library ${perSecond("library")}, bare ${perSecond("bare")}`,
      });
    }
    return figures;
  } finally {
    await db.close({ timeout: 100 });
    await pool.end();
  }
}
