import type { Stack } from "../cli/stack";
import { pastDrills } from "../drill/history";
import type { Status } from "./status";
import { nextWindows } from "./windows";

/** What a vendor's look finds. */
export interface Found
  extends Pick<Status, "version" | "members" | "pools" | "backups" | "certificates" | "alarms" | "drill" | "unseen"> {
  /** Every member is listed, and not only the endpoints that lead to them. */
  readonly complete: boolean;
}

/** Looks at a stack once. Throws `OperationError` where nothing of it answers. */
export async function look(stack: Stack): Promise<Status> {
  const [{ complete, ...found }, last] = await Promise.all([
    byVendor(stack),
    pastDrills(stack.name).then((all) => all.at(-1)),
  ]);
  const now = new Date();
  return {
    stack: stack.name,
    vendor: stack.vendor,
    at: now.toISOString(),
    ...found,
    windows: nextWindows(stack.expectations, now),
    ...(last === undefined ? {} : { lastDrill: { kind: last.kind, at: last.startedAt, met: last.met } }),
    problems: problemsOf(found, complete ? stack.expectations?.replicas : undefined),
  };
}

async function byVendor(stack: Stack): Promise<Found> {
  if (stack.vendor === "local") return (await import("./local")).lookLocal(stack);
  return (await import("./cloud")).lookCloud(stack);
}

/** What is not well, in sentences, the worst first. @param replicas asked for; undefined where nobody can count them. */
export function problemsOf(
  { members, backups, alarms }: Pick<Found, "members" | "backups" | "alarms">,
  replicas: number | undefined,
): string[] {
  const primaries = members.filter(({ role }) => role === "primary");
  const streaming = members.filter(({ role, well }) => role !== "primary" && well).length;
  return [
    ...(primaries.some(({ well }) => well) ? [] : ["No member takes writes."]),
    ...members.filter(({ well }) => !well).map(({ name, role, state }) => `${name} (${role}) is not well: ${state}.`),
    ...(replicas !== undefined && streaming < replicas
      ? [`${streaming} of ${replicas} replicas are there: what is written is at more risk than the stack asks for.`]
      : []),
    ...(backups?.failures ?? []).map((failure) => `Backups: ${failure}`),
    ...alarms.firing.map(({ title, detail }) => `Alarm: ${title}${detail === undefined ? "" : ` (${detail})`}`),
  ];
}
