import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A service's stand-in over HTTP, on loopback. */
export abstract class LoopbackService {
  private readonly server = createServer((request, response) => {
    bodyOf(request)
      .then((body) => this.answer(request, body, response))
      .catch((error) => response.writeHead(500).end(String(error)));
  });

  static async start<T extends LoopbackService>(this: new () => T): Promise<T> {
    const service = new this();
    await new Promise<void>((listening) => service.server.listen(0, "127.0.0.1", listening));
    return service;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((stopped) => this.server.close(stopped));
  }

  protected abstract answer(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
