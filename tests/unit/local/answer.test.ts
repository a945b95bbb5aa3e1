import { createServer, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { answerTo } from "../../../components/local/provider/host/answer";

describe("an answer by HTTP", () => {
  let server: Server | undefined;

  async function ask(listener: RequestListener, body?: string) {
    const made = createServer(listener);
    server = made;
    await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
    const { port } = made.address() as AddressInfo;
    return answerTo(request({ host: "127.0.0.1", port, method: "POST", agent: false, timeout: 200 }), "no word", body);
  }
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it("is read whole, with its status, whatever that is", async () => {
    const echo: RequestListener = (asked, answer) => {
      answer.statusCode = 409;
      asked.pipe(answer);
    };
    expect(await ask(echo, "änderung")).toEqual({ status: 409, body: "änderung" });
  });

  it("that does not come is told in the caller's words", async () => {
    await expect(ask(() => {})).rejects.toThrow("no word");
  });

  it("that is broken off is an error, and is not waited for", async () => {
    const broken: RequestListener = (_, answer) => {
      answer.setHeader("content-length", 100);
      answer.write("half", () => answer.destroy());
    };
    await expect(ask(broken)).rejects.toThrow(/aborted|hang up/);
  });
});
