import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import OSS from "ali-oss"; // the client of OSS
import type { Asked } from "./asked";

/** What Function Compute hands a function that has a role. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

/** Bytes. OSS takes 10,000 parts: together 625 GB. */
const PART = 64 * 1024 ** 2;
/** Milliseconds that one request may take. */
const TIMEOUT = 600_000;
/** How often a part is sent before the dump is given up: the client does not send streams again by itself. */
const TRIES = 4;

export interface Uploaded {
  readonly bytes: number;
  readonly sha256: string;
}

/** The bucket that archives lie in. */
export class Store {
  private readonly oss: OSS;

  constructor({ bucket, region, endpoint }: Asked, credentials: Credentials) {
    this.oss = new OSS({
      bucket,
      region,
      endpoint,
      secure: endpoint.startsWith("https:"),
      authorizationV4: true,
      accessKeyId: credentials.accessKeyId,
      accessKeySecret: credentials.accessKeySecret,
      ...(credentials.securityToken === undefined ? {} : { stsToken: credentials.securityToken }),
      timeout: TIMEOUT,
    });
  }

  /**
   * Uploads a stream whose length nobody knows, in parts; OSS checks the MD5 of each. The object is there when `complete`
   * has said so and not before: half a dump is never mistaken for one.
   *
   * @param complete called at the stream's end; throws when what was read is not to be kept.
   */
  async upload(key: string, content: Readable, complete: () => Promise<void>): Promise<Uploaded> {
    const { uploadId } = await this.oss.initMultipartUpload(key);
    try {
      const digest = createHash("sha256");
      const parts: { number: number; etag: string }[] = [];
      let bytes = 0;
      for await (const part of inParts(content)) {
        digest.update(part);
        bytes += part.length;
        const number = parts.length + 1;
        parts.push({ number, etag: await this.uploadPart(key, uploadId, number, part) });
      }
      await complete();
      await this.oss.completeMultipartUpload(key, uploadId, parts);
      return { bytes, sha256: digest.digest("hex") };
    } catch (error) {
      await this.oss.abortMultipartUpload(key, uploadId).catch(() => {}); // the bucket's lifecycle clears it away
      throw error;
    }
  }

  private async uploadPart(key: string, uploadId: string, number: number, part: Buffer): Promise<string> {
    // What the client sends and its types leave out.
    const options: object = { headers: { "Content-MD5": createHash("md5").update(part).digest("base64") } };
    for (let left = TRIES - 1; ; left--) {
      try {
        const { etag } = await this.oss.uploadPart(key, uploadId, number, part, 0, part.length, options);
        return etag;
      } catch (error) {
        // What OSS refuses once (4xx) it refuses again.
        const { status } = error as { status?: number };
        if (left === 0 || (status !== undefined && status >= 400 && status < 500)) throw error;
      }
    }
  }

  async read(key: string): Promise<Readable> {
    const { stream } = await this.oss.getStream(key);
    return stream;
  }

  /** Of a small object; undefined: there is none. (Without the right to list a bucket, OSS may say "forbidden" of that.) */
  async textOf(key: string): Promise<string | undefined> {
    try {
      return String((await this.oss.get(key)).content);
    } catch (error) {
      const { status } = error as { status?: number };
      if (status === 404 || status === 403) return undefined;
      throw error;
    }
  }

  async write(key: string, text: string): Promise<void> {
    await this.oss.put(key, Buffer.from(text));
  }
}

/** The same bytes in buffers of one size, the last one shorter. */
export async function* inParts(content: AsyncIterable<Buffer>, size: number = PART): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    waiting.push(chunk);
    length += chunk.length;
    while (length >= size) {
      const all = Buffer.concat(waiting);
      yield all.subarray(0, size);
      waiting = [all.subarray(size)];
      length -= size;
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}
