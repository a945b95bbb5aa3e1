import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { issue, newAuthority } from "../../../components/local/provider/host/tls";
import { motoServer } from "../../support/moto";
import { freePort } from "./ports";

/** moto shows an object to nobody who does not sign, and checks no signature. */
const SIGNED = "AWS4-HMAC-SHA256 Credential=tests/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/** An S3-compatible server over TLS on loopback, with one bucket. */
export class ObjectStore {
  private constructor(
    readonly port: number,
    readonly bucket: string,
    /** PEM file of the authority that verifies the server. */
    readonly caFile: string,
    private readonly ca: string,
    private readonly moto: ChildProcess,
    private readonly front: Server,
  ) {}

  /** @param folder for the certificate; readable by the user the servers run as. */
  static async start(folder: string, bucket: string): Promise<ObjectStore> {
    const program = await motoServer();
    const authority = await newAuthority("object-store", 1);
    const { cert, key } = await issue(authority, "localhost", ["localhost", "127.0.0.1"], 1);
    const caFile = join(folder, "s3-ca.pem");
    await writeFile(caFile, authority.cert, { mode: 0o644 });
    const plain = await freePort();
    const moto = spawn(program, ["-H", "127.0.0.1", "-p", String(plain)], { stdio: "ignore" });
    // moto's own TLS cuts connections off without TLS's goodbye, which pgBackRest takes for an attack.
    const front = createServer({ cert, key }, (client) => {
      const server = connect(plain, "127.0.0.1");
      client.on("error", () => server.destroy()).pipe(server);
      server.on("error", () => client.destroy()).pipe(client);
    });
    const port = await freePort();
    await new Promise<void>((listening) => front.listen(port, "127.0.0.1", listening));
    const store = new ObjectStore(port, bucket, caFile, authority.cert, moto, front);
    for (let tries = 0; ; tries++) {
      try {
        const { status } = await store.ask("PUT", `/${bucket}`);
        if (status === 200) return store;
        throw new Error(`the bucket was not made: ${status}`);
      } catch (error) {
        if (tries > 150) {
          store.stop();
          throw error;
        }
        await new Promise((later) => setTimeout(later, 100));
      }
    }
  }

  stop(): void {
    this.front.close();
    this.moto.kill("SIGKILL");
  }

  /** The names of all objects. */
  async objects(): Promise<string[]> {
    const { body } = await this.ask("GET", `/${this.bucket}?list-type=2&max-keys=10000`);
    return [...body.toString("utf8").matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key ?? "");
  }

  async content(object: string): Promise<Buffer> {
    const path = object.split("/").map(encodeURIComponent).join("/");
    const { status, body } = await this.ask("GET", `/${this.bucket}/${path}`);
    if (status !== 200) throw new Error(`${object}: status ${status}`);
    return body;
  }

  private ask(method: string, path: string): Promise<{ status: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: "localhost",
          port: this.port,
          method,
          path,
          ca: this.ca,
          agent: false,
          headers: { authorization: SIGNED },
        },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts) }));
        },
      );
      call.on("error", reject);
      call.end();
    });
  }
}
