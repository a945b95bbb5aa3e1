import type { ClientRequest } from "node:http";

export interface Answer {
  /** Of HTTP. */
  readonly status: number;
  readonly body: string;
}

/**
 * Sends a request and reads the whole answer.
 *
 * @param silent what is said where nothing comes within the request's own timeout.
 */
export function answerTo(call: ClientRequest, silent: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    call.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    call.on("timeout", () => call.destroy(new Error(silent)));
    call.on("error", reject);
    call.end(body);
  });
}
