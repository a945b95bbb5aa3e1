import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { certificatePaths, LOOPBACK, monitoringPorts, type Place } from "../place";
import { answerTo } from "./answer";

/** One figure, as Prometheus has it now. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An alert that somebody is told of at the moment. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly startsAt: string;
  readonly status: { readonly state: "active" | "suppressed" | "unprocessed" };
}

/** Milliseconds. */
const TIMEOUT = 5_000;

/** What a PromQL expression comes to now. @throws where Prometheus does not run, or takes no such expression. */
export async function figures(place: Place, expression: string): Promise<Sample[]> {
  const path = `/api/v1/query?${new URLSearchParams({ query: expression })}`;
  const { data } = (await ask(place, monitoringPorts(place.ports).prometheus, path)) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
}

/** The alerts that fire now. @throws where Alertmanager does not run. */
export async function activeAlerts(place: Place): Promise<ActiveAlert[]> {
  return (await ask(place, monitoringPorts(place.ports).alertmanager, "/api/v2/alerts")) as ActiveAlert[];
}

/** One question to one of the monitoring's servers, with the certificate they want to see. */
async function ask(place: Place, port: number, path: string): Promise<unknown> {
  const files = certificatePaths(place.folder, "monitor");
  const [ca, cert, key] = await Promise.all([readFile(files.ca), readFile(files.cert), readFile(files.key)]);
  const call = request({ host: LOOPBACK, port, path, ca, cert, key, agent: false, timeout: TIMEOUT });
  const { status, body } = await answerTo(call, `port ${port} did not answer ${path} within ${TIMEOUT / 1000} s`);
  if (status !== 200) throw new Error(`port ${port} answers ${path} with HTTP status ${status}: ${body.slice(0, 200)}`);
  return JSON.parse(body);
}
