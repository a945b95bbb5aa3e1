import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";

export interface EtcdAccess {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const encode = (text: string) => Buffer.from(text).toString("base64");

interface KeyValue {
  readonly value: string;
  readonly mod_revision: string;
  readonly lease?: string;
}

/** Plays Patroni's part in etcd: the leader key under a lease, and its renewal. */
export class Lease {
  private readonly agent: Agent;

  constructor(
    private readonly access: EtcdAccess,
    private readonly prefix: string,
  ) {
    const [ca, cert, key] = [access.ca, access.cert, access.key].map((file) => readFileSync(file));
    this.agent = new Agent({ ca, cert, key, keepAlive: true });
  }

  close(): void {
    this.agent.destroy();
  }

  async lead(member: string, ttl: number): Promise<string> {
    const { ID } = await this.post<{ ID: string }>("/v3/lease/grant", { TTL: ttl });
    await this.put("leader", member, ID);
    return ID;
  }

  renew(id: string): Promise<unknown> {
    return this.post("/v3/lease/keepalive", { ID: id });
  }

  put(name: string, value: string, lease = "0"): Promise<unknown> {
    return this.post("/v3/kv/put", { key: encode(this.prefix + name), value: encode(value), lease });
  }

  remove(name: string): Promise<unknown> {
    return this.post("/v3/kv/deleterange", { key: encode(this.prefix + name) });
  }

  async leader(): Promise<string | undefined> {
    const { kvs } = await this.post<{ kvs?: KeyValue[] }>("/v3/kv/range", { key: encode(`${this.prefix}leader`) });
    return kvs?.[0] && Buffer.from(kvs[0].value, "base64").toString();
  }

  private post<T>(path: string, body: object): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = request(
        { host: "127.0.0.1", port: this.access.port, path, method: "POST", agent: this.agent, timeout: 5_000 },
        (response) => {
          let text = "";
          response.on("data", (piece) => {
            text += piece;
          });
          response.on("end", () => resolve(JSON.parse(text) as T));
        },
      );
      call.on("timeout", () => call.destroy(new Error(`etcd: no answer to ${path}`)));
      call.on("error", reject);
      call.end(JSON.stringify(body));
    });
  }
}
