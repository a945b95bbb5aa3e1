import { readFile, rm, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import type pg from "pg";
import { withLock } from "../../components/local/tools/lock";
import { connectAsAdministrator } from "./connections";
import { EXIT, OperationError } from "./exit";
import type { Stack } from "./stack";

/** One operation at a time on a stack; whoever comes second is told who is at work, with what, and since when. */
export function withOperationLock<T>(stack: Stack, what: string, work: () => Promise<T>): Promise<T> {
  const holder = `${what} by ${userInfo().username}@${hostname()} since ${new Date().toISOString().slice(0, 19)}Z`;
  return stack.vendor === "local" ? onThisMachine(stack, holder, work) : inTheDatabase(stack, holder, work);
}

const busy = (stack: Stack, holder: string): OperationError =>
  new OperationError(
    EXIT.locked,
    `Stack ${stack.name} is being worked on: ${holder}. Nothing was begun; wait for its end.`,
  );

/** Beside the cluster's folder, which some operations replace. The lock of a process that died is taken over. */
function onThisMachine<T>(stack: Stack, holder: string, work: () => Promise<T>): Promise<T> {
  const file = `${stack.cluster.id}.operation`;
  const refuse = (pid: number) => {
    throw new Refused(pid);
  };
  return withLock(`${file}.lock`, refuse, async () => {
    await writeFile(file, holder, { mode: 0o644 });
    try {
      return await work();
    } finally {
      await rm(file, { force: true });
    }
  }).catch(async (error: unknown) => {
    if (!(error instanceof Refused)) throw error;
    const who = await readFile(file, "utf8").catch(() => "");
    throw busy(stack, `${who || "another operation"} (process ${error.pid})`);
  });
}

class Refused extends Error {
  constructor(readonly pid: number) {
    super();
  }
}

/** A number of our own among advisory locks; any other program would have to guess it. */
const KEY = [1_818_453_606, 1];

/** A session's advisory lock: it ends with the operator's process, however that ends. Its name says whose it is. */
async function inTheDatabase<T>(stack: Stack, holder: string, work: () => Promise<T>): Promise<T> {
  const client: pg.Client = await connectAsAdministrator(stack, { statementTimeout: 0 });
  try {
    // 63 bytes is what a session's name may have.
    await client.query("select set_config('application_name', $1, false)", [holder.slice(0, 63)]);
    const { rows } = await client.query<{ free: boolean }>("select pg_try_advisory_lock($1, $2) as free", KEY);
    if (!rows[0]?.free) throw busy(stack, await holderOf(client));
    return await work();
  } finally {
    await client.end().catch(() => {});
  }
}

async function holderOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select application_name as name from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and classid = $1 and objid = $2 and granted`,
    KEY,
  );
  return rows[0]?.name ?? "another operation";
}
