import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { certificatePaths } from "../../components/local/provider/place";
import type { Endpoint } from "../../components/vendor";
import type { Stack } from "../cli/stack";
import type { Alarm } from "./status";

/** As /api/v1/alerts of Prometheus has them. */
interface Answer {
  readonly data: {
    readonly alerts: readonly {
      readonly state: "pending" | "firing";
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  };
}

/** The alarms of a local cluster's own monitoring. */
export async function firingInPrometheus(stack: Stack, endpoint: Endpoint): Promise<Alarm[]> {
  const { cert, key } = certificatePaths(stack.cluster.id, "operator");
  const identity = { ca: stack.caCertificate, cert: await readFile(cert), key: await readFile(key) };
  return alarmsIn(JSON.parse(await get({ ...endpoint, path: "/api/v1/alerts", ...identity })) as Answer);
}

export const alarmsIn = ({ data }: Answer): Alarm[] =>
  data.alerts
    .filter(({ state }) => state === "firing")
    .map(({ labels, annotations: { title, summary, runbook } }) => ({
      id: labels.alertname ?? "",
      title: title ?? labels.alertname ?? "",
      ...(summary === undefined ? {} : { detail: summary }),
      ...(runbook === undefined ? {} : { runbook }),
    }));

function get(options: { host: string; port: number; path: string } & object): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ ...options, agent: false, timeout: 3_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`answered ${response.statusCode}`)),
      );
    });
    call.on("timeout", () => call.destroy(new Error("did not answer within 3 s")));
    call.on("error", reject);
    call.end();
  });
}
