import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The only way out of this machine for the engine and its plugins: a proxy that lets nobody through and writes down who
 * wanted to go where. (Its variables are in capitals: in small letters Node's side would go to the engine through it, too.)
 */
export class Exit {
  /** "CONNECT rds.aliyuncs.com:443" */
  readonly asked: string[] = [];
  private readonly server: Server = createServer((request, response) => {
    this.asked.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  }).on("connect", (request, socket) => {
    this.asked.push(`CONNECT ${request.url}`);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });

  /** From here on everything this process starts takes it. */
  async open(): Promise<void> {
    await new Promise<void>((listening) => this.server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    for (const name of Object.keys(process.env)) if (/^(https?|all|no)_proxy$/i.test(name)) delete process.env[name];
    Object.assign(process.env, { HTTPS_PROXY: url, HTTP_PROXY: url });
  }

  close(): void {
    this.server.close();
  }
}
