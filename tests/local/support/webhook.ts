import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { issue, newAuthority } from "../../../components/local/provider/host/tls";

/** What Alertmanager posts. */
export interface Told {
  readonly path: string;
  readonly status: "firing" | "resolved";
  readonly alerts: readonly {
    readonly status: "firing" | "resolved";
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly startsAt: string;
  }[];
}

/** A webhook on this machine, under an authority of its own, that remembers what it is told. */
export class Webhook {
  private constructor(
    private readonly server: Server,
    readonly url: string,
    /** PEM file of the authority that vouches for it. */
    readonly authority: string,
    readonly told: readonly Told[],
  ) {}

  /** @param folder where its authority's certificate is left. */
  static async listen(folder: string): Promise<Webhook> {
    const ca = await newAuthority("webhook", 1);
    const { cert, key } = await issue(ca, "webhook", ["127.0.0.1"], 1);
    mkdirSync(folder, { recursive: true });
    const authority = join(folder, "webhook-ca.pem");
    writeFileSync(authority, ca.cert);
    const told: Told[] = [];
    const server = createServer({ cert, key }, (request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      request.on("end", () => {
        told.push({ path: request.url ?? "", ...(JSON.parse(body) as Omit<Told, "path">) });
        response.end("{}");
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new Webhook(server, `https://127.0.0.1:${(server.address() as AddressInfo).port}`, authority, told);
  }

  /** Messages of one alert, in the order they came. */
  of(alert: string): ("firing" | "resolved")[] {
    return this.told
      .flatMap(({ alerts }) => alerts)
      .filter(({ labels }) => labels.alertname === alert)
      .map(({ status }) => status);
  }

  /** Waits until an alert's messages after the first `before` end with `status`. */
  async until(alert: string, status: "firing" | "resolved", before = 0, timeout = 60_000): Promise<void> {
    const end = Date.now() + timeout;
    while (this.of(alert).slice(before).at(-1) !== status) {
      if (Date.now() > end) {
        const said = this.told.flatMap(({ alerts }) =>
          alerts.map(({ labels, status: is }) => `${labels.alertname} ${is}`),
        );
        throw new Error(
          `${alert} was not told of as ${status} within ${timeout / 1000} s; told: ${said.join(", ") || "nothing"}`,
        );
      }
      await sleep(100);
    }
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
