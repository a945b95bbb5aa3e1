import { request } from "node:http";
import { join } from "node:path";
import { DOMParser, type Element, onErrorStopParsing, XMLSerializer } from "@xmldom/xmldom"; // XML-RPC, the supervisor's language, is XML
import { type Place, paths } from "../place";
import { answerTo } from "./answer";

/** What the supervisor takes and gives back, as far as we use it. */
export type RpcValue = string | number | boolean | readonly RpcValue[] | { readonly [name: string]: RpcValue };

/** The supervisor answered that it cannot: why, and its number for that. */
export class SupervisorFault extends Error {
  constructor(
    readonly method: string,
    readonly code: number,
    text: string,
  ) {
    super(`the supervisor refused ${method}: ${text} (${code})`);
  }
}

/** Its numbers that are no failure where what is asked for is so already. */
export const FAULT = { badName: 10, alreadyStarted: 60, notRunning: 70, alreadyAdded: 90 } as const;

/** Milliseconds. A member may take 90 s to stop cleanly, and the supervisor answers when it has. */
const TIMEOUT = 120_000;

export const supervisorSocket = (place: Place): string => join(paths(place.folder).supervisor, "supervisord.sock");

/**
 * Calls the supervisor through its unix socket, some ten times as fast as its command `supervisorctl` starts.
 * Throws `SupervisorFault` when it refuses, and the socket's own error (ENOENT, ECONNREFUSED) when it does not run.
 */
export async function callSupervisor(place: Place, method: string, ...params: RpcValue[]): Promise<RpcValue> {
  return decodeResponse(method, await post(supervisorSocket(place), encodeCall(method, params)));
}

async function post(socketPath: string, sent: string): Promise<string> {
  const headers = { "content-type": "text/xml", "content-length": Buffer.byteLength(sent) };
  const call = request({ socketPath, path: "/RPC2", method: "POST", agent: false, timeout: TIMEOUT, headers });
  const { status, body } = await answerTo(call, `the supervisor did not answer within ${TIMEOUT / 1000} s`, sent);
  if (status !== 200) throw new Error(`the supervisor answered with HTTP status ${status}`);
  return body;
}

/** @throws on a value that the supervisor's methods do not take. */
export function encodeCall(method: string, params: readonly RpcValue[]): string {
  const encoded = params.map((param) => `<param>${encode(param)}</param>`).join("");
  return `<?xml version="1.0"?><methodCall><methodName>${text(method)}</methodName><params>${encoded}</params></methodCall>`;
}

function encode(value: RpcValue): string {
  switch (typeof value) {
    case "string":
      return `<value><string>${text(value)}</string></value>`;
    case "boolean":
      return `<value><boolean>${value ? 1 : 0}</boolean></value>`;
    default:
      throw new Error(`the supervisor is told ${JSON.stringify(value)}: it takes texts and booleans`);
  }
}

const text = (plain: string): string =>
  new XMLSerializer().serializeToString(new DOMParser().parseFromString("<x/>", "text/xml").createTextNode(plain));

/** @throws SupervisorFault, or an error on what is no answer. */
export function decodeResponse(method: string, xml: string): RpcValue {
  const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(xml, "text/xml").documentElement;
  const [answer] = root ? children(root) : [];
  if (answer?.tagName === "fault") {
    const { faultCode, faultString } = decode(only(answer)) as Record<string, RpcValue>;
    throw new SupervisorFault(method, Number(faultCode), String(faultString));
  }
  if (answer?.tagName !== "params")
    throw new Error(`the supervisor's answer to ${method} is none: ${xml.slice(0, 200)}`);
  return decode(only(only(answer)));
}

/** The content of a `<value>`. */
function decode(value: Element): RpcValue {
  const [typed] = children(value);
  if (!typed) return value.textContent ?? ""; // XML-RPC: a value without a type is a text
  const content = typed.textContent ?? "";
  switch (typed.tagName) {
    case "string":
      return content;
    case "int":
    case "i4":
      return Number(content);
    case "boolean":
      return content === "1";
    case "array":
      return children(only(typed)).map(decode);
    case "struct":
      return Object.fromEntries(
        children(typed).map((member) => {
          const [name, held] = children(member);
          if (!name || !held) throw new Error(`a member of a struct needs a name and a value: ${member.toString()}`);
          return [name.textContent ?? "", decode(held)];
        }),
      );
    default:
      throw new Error(`the supervisor answers with the unknown type ${typed.tagName}`);
  }
}

const children = (element: Element): Element[] =>
  [...element.childNodes].filter((node): node is Element => node.nodeType === node.ELEMENT_NODE);

function only(element: Element): Element {
  const [child] = children(element);
  if (!child) throw new Error(`the supervisor's answer has an empty ${element.tagName}`);
  return child;
}
