import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { makeFolder } from "../../../components/local/provider/host/files";
import { run } from "../../../components/local/provider/host/run";
import { localTools } from "../../../components/local/provider/host/tools";
import { waitFor } from "../../../components/local/provider/host/wait";

/** A server on restored data, beside whatever else runs: on a unix socket only, and it archives nothing. */
export class Restored {
  private constructor(readonly data: string) {}

  /** Makes an empty folder of mode 0700 for `restore` to fill, starts a server on it and waits until it takes writes. */
  static async start(data: string, restore: (data: string) => Promise<unknown>): Promise<Restored> {
    await makeFolder(data);
    await restore(data);
    const restored = new Restored(data);
    // Nothing of the cluster the data came from is used: it may be gone.
    const settings = {
      archive_mode: "off",
      // Else recovery pauses for ever where the cluster once had more connections than when the backup was taken.
      hot_standby: "off",
      port: 5432, // names the socket
      listen_addresses: "",
      unix_socket_directories: data,
      ssl: "off",
      logging_collector: "off",
      shared_buffers: "64MB",
      hba_file: join(data, "pg_hba.conf"),
      ident_file: join(data, "pg_ident.conf"),
    };
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
    const arguments_ = [
      "-D",
      data,
      "-w",
      "-t",
      "60",
      "-l",
      join(data, "restored.log"),
      "-o",
      options.join(" "),
      "start",
    ];
    await run(await pgCtl(), arguments_);
    await waitFor(
      async () =>
        (await restored.rows<{ ready: boolean }>("postgres", "select not pg_is_in_recovery() as ready"))[0]?.ready,
      {
        timeout: 60_000,
        what: "the end of recovery",
      },
    );
    return restored;
  }

  async rows<R extends object>(database: string, sql: string): Promise<R[]> {
    const client = new Client({ host: this.data, database, user: "postgres" });
    await client.connect();
    try {
      return (await client.query<R>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await run(await pgCtl(), ["-D", this.data, "-m", "immediate", "stop"]).catch(() => {});
    await rm(this.data, { recursive: true, force: true });
  }
}

const pgCtl = async (): Promise<string> => join((await localTools()).postgresBin, "pg_ctl");
