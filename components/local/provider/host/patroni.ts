import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { certificatePaths, LOOPBACK, memberPorts, type Place } from "../place";
import { type Answer, answerTo } from "./answer";
import { attempt } from "./wait";

export interface PatroniMember {
  readonly name: string;
  /** "leader", "replica", "sync_standby", … */
  readonly role: string;
  /** "running", "streaming", "starting", "stopped", … */
  readonly state: string;
  readonly pending_restart?: boolean;
  readonly lag?: number | string;
}

/** One request to a member's Patroni, over TLS with the operator's certificate. */
export async function askPatroni(
  place: Place,
  member: string,
  method: "GET" | "PATCH" | "POST",
  path: string,
  body?: unknown,
): Promise<Answer> {
  const files = certificatePaths(place.folder, "operator");
  const [ca, cert, key] = await Promise.all([readFile(files.ca), readFile(files.cert), readFile(files.key)]);
  const call = request({
    host: LOOPBACK,
    port: memberPorts(place.ports, member).patroni,
    method,
    path,
    ca,
    cert,
    key,
    agent: false,
    // Operations such as a switchover answer when they are over.
    timeout: method === "GET" ? 3_000 : 90_000,
    headers: body === undefined ? {} : { "content-type": "application/json" },
  });
  const silent = `Patroni of ${member} did not answer ${method} ${path}`;
  return answerTo(call, silent, body === undefined ? undefined : JSON.stringify(body));
}

/**
 * Has a member's Patroni look at once, not at the end of its round: any request to change the shared configuration does,
 * also one to remove what it does not hold.
 */
export async function wakePatroni(place: Place, member: string): Promise<void> {
  await attempt(() => askPatroni(place, member, "PATCH", "/config", { license_db_wake: null }));
}

/** The cluster as the first of the members that answers sees it; undefined when none does. */
export async function clusterView(place: Place, members: readonly string[]): Promise<PatroniMember[] | undefined> {
  for (const member of members) {
    const answer = await attempt(() => askPatroni(place, member, "GET", "/cluster"));
    if (answer?.status === 200) return (JSON.parse(answer.body) as { members: PatroniMember[] }).members;
  }
  return undefined;
}

export const leaderOf = (view: readonly PatroniMember[] | undefined): string | undefined =>
  view?.find((member) => member.role === "leader" && member.state === "running")?.name;
