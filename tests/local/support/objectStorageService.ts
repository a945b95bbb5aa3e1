import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { LoopbackService } from "../../support/loopbackService";

/** Alibaba Cloud's OSS, as far as an upload in parts and its reading back go: on loopback, in memory; of one bucket, which an endpoint without a name cannot name. */
export class ObjectStorageService extends LoopbackService {
  readonly objects = new Map<string, Buffer>();
  /** Uploads that neither ended nor were given up. */
  readonly open = new Map<string, Map<number, Buffer>>();
  readonly requests: { readonly method: string; readonly key: string; readonly authorization: string }[] = [];
  /** How many parts are refused with a 500 before one is taken. */
  failing = 0;
  /** Makes of an object what is read back. */
  spoil: (content: Buffer) => Buffer = (content) => content;

  protected async answer(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.endpoint);
    const key = decodeURIComponent(url.pathname.slice(1));
    const { method = "" } = request;
    this.requests.push({ method, key, authorization: request.headers.authorization ?? "" });
    const uploadId = url.searchParams.get("uploadId");
    if (method === "POST" && url.searchParams.has("uploads")) {
      this.open.set(`upload of ${key}`, new Map());
      return xml(
        response,
        `<InitiateMultipartUploadResult><Key>${key}</Key><UploadId>upload of ${key}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    if (uploadId !== null) return this.answerUpload(request, response, { key, uploadId, url, body });
    if (method === "PUT") {
      this.objects.set(key, body);
      return void response.writeHead(200, { ETag: `"${md5(body, "hex")}"` }).end();
    }
    const content = this.objects.get(key);
    if (method === "GET" && content) return void response.writeHead(200).end(this.spoil(content));
    response.writeHead(404).end();
  }

  private answerUpload(
    request: IncomingMessage,
    response: ServerResponse,
    { key, uploadId, url, body }: { key: string; uploadId: string; url: URL; body: Buffer },
  ): void {
    const parts = this.open.get(uploadId);
    if (!parts) return void response.writeHead(404).end();
    if (request.method === "DELETE") {
      this.open.delete(uploadId);
      return void response.writeHead(204).end();
    }
    if (request.method === "PUT") {
      if (this.failing > 0) {
        this.failing--;
        return void response.writeHead(500).end();
      }
      if (request.headers["content-md5"] !== md5(body, "base64")) return void response.writeHead(400).end();
      parts.set(Number(url.searchParams.get("partNumber")), body);
      return void response.writeHead(200, { ETag: `"${md5(body, "hex")}"` }).end();
    }
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) => Number(number));
    this.objects.set(key, Buffer.concat(named.map((number) => parts.get(number) ?? Buffer.from("?"))));
    this.open.delete(uploadId);
    xml(response, `<CompleteMultipartUploadResult><Key>${key}</Key><ETag>"x"</ETag></CompleteMultipartUploadResult>`);
  }
}

const md5 = (content: Buffer, encoding: "hex" | "base64"): string => createHash("md5").update(content).digest(encoding);

const xml = (response: ServerResponse, text: string): void =>
  void response.writeHead(200, { "Content-Type": "application/xml" }).end(`<?xml version="1.0"?>${text}`);
