import { spawn } from "node:child_process";
import { join } from "node:path";
import type pg from "pg";
import { EXIT, OperationError } from "../cli/exit";
import { useSnapshot } from "./copy";
import { type End, on } from "./end";
import { dropSlot, type Link, nameOf } from "./link";

/** What the keeper is told. */
export interface Order {
  readonly config: pg.ClientConfig;
  readonly slot: string;
}

/** What it answers. */
export type Answer = { readonly snapshot: string } | { readonly error: string };

/** The name of its session. */
export const KEEPER = "license-db snapshot";

/**
 * Makes the slot from which the subscription will read, anew where it is there, and a snapshot that shows exactly what comes
 * before the slot's first change. It outlives this process.
 */
export async function makeSlotWithSnapshot(link: Link): Promise<string> {
  const slot = nameOf(link);
  await link.publisher.expectSlot(slot);
  await dropSlot(link);
  const snapshot = await keep({ config: await link.publisher.config(), slot });
  await link.publisher.keepSlot(slot);
  return snapshot;
}

function keep(order: Order): Promise<string> {
  const child = spawn(process.execPath, ["--import", "tsx", join(__dirname, "keeper.ts")], {
    cwd: join(__dirname, "../.."),
    // A session of its own: Ctrl-C at the terminal is not for it.
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(order));
  return new Promise<string>((resolve, reject) => {
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (!said.includes("\n")) return;
      const answer = JSON.parse(said) as Answer;
      if ("snapshot" in answer) resolve(answer.snapshot);
      else reject(new OperationError(EXIT.failed, `The replication slot could not be made: ${answer.error}`));
    });
    child.once("error", reject);
    child.once("close", () => reject(new OperationError(EXIT.failed, "The replication slot could not be made.")));
  }).finally(() => {
    // It lives on; nothing here waits for it.
    child.stdout.destroy();
    child.unref();
  });
}

export async function stillKept(source: End, snapshot: string): Promise<boolean> {
  return on(source, async (client) => {
    try {
      await useSnapshot(client, snapshot);
      return true;
    } catch {
      return false;
    }
  });
}

/** Ends whatever keeps a snapshot of this database, an earlier run's, too. */
export async function letGo(source: End): Promise<void> {
  await on(source, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = $1 and datname = current_database()`,
      [KEEPER],
    ),
  );
}
