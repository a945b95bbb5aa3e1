import { table } from "../cli/out";
import type { Member, Pool, Status } from "./status";

export type Colour = "green" | "red" | "yellow" | "bold" | "dim";
/** Gives a text a colour where there are colours. */
export type Paint = (colour: Colour, text: string) => string;

/** The screen. Its headings are the same whatever there is to tell, so that the eye finds them. */
export function render(status: Status, paint: Paint): string {
  const { stack, vendor, version, at, problems, members, pools, alarms, certificates, windows, unseen } = status;
  const { drill, lastDrill } = status;
  const well = problems.length === 0 ? paint("green", "well") : paint("red", "NOT WELL");
  const now = Date.parse(at);
  const certificate = certificates.map(({ name, daysLeft }) => `${name} ${days(daysLeft)}`).join(", ");
  return [
    `${paint("bold", stack)}  ${vendor}${version === undefined ? "" : `, PostgreSQL ${version.split(" ")[0]}`}  ${well}  ${paint("dim", clock(at))}`,
    "",
    ...membersPart(members, paint),
    "",
    ...(pools.length > 0 ? [poolsPart(pools), ""] : []),
    ...facts([
      ["backups", backupsPart(status, now)],
      ["certificates", certificate],
      [
        "alarms",
        alarms.firing.length === 0
          ? `none (${alarms.source})`
          : paint("red", `${alarms.firing.map(({ id }) => id).join(", ")} (${alarms.source})`),
      ],
      ["windows", windows.map(({ name, next }) => `${name} in ${span((Date.parse(next) - now) / 1000)}`).join(", ")],
      [
        "drill",
        drill === undefined
          ? ""
          : paint("yellow", `${drill.kind} is running since ${clock(drill.since)}: alarms may be its doing`),
      ],
      [
        "last drill",
        lastDrill === undefined
          ? paint("yellow", "never: npx license-db drill failover")
          : `${lastDrill.kind} ${span((now - Date.parse(lastDrill.at)) / 1000)} ago, ${lastDrill.met ? "targets met" : paint("red", "a target was missed")}`,
      ],
    ]),
    ...(problems.length > 0 ? ["", ...problems.map((problem) => paint("red", `! ${problem}`))] : []),
    ...(unseen.length > 0 ? ["", ...unseen.map((one) => paint("dim", `not seen: ${one}`))] : []),
  ].join("\n");
}

function membersPart(members: readonly Member[], paint: Paint): string[] {
  const [head = "", ...rows] = table([
    ["MEMBER", "ROLE", "STATE", "TIMELINE", "LAG", "CONNECTIONS"],
    ...members.map(({ name, role, state, timeline, lagBytes, lagSeconds, connections }) => [
      name,
      role,
      state,
      timeline === undefined ? "" : String(timeline),
      lag(lagBytes, lagSeconds),
      connections === undefined ? "" : `${connections.used} of ${connections.most}`,
    ]),
  ]).split("\n");
  return [paint("dim", head), ...rows.map((row, index) => (members[index]?.well ? row : paint("red", row)))];
}

const poolsPart = (pools: readonly Pool[]): string =>
  table([
    ["POOL", "CLIENTS", "WAITING", "SERVERS BUSY", "IDLE"],
    ...pools.map((pool) => [
      pool.name,
      String(pool.clientsActive),
      `${pool.clientsWaiting}${pool.clientsWaiting > 0 ? ` for ${pool.longestWait} s` : ""}`,
      String(pool.serversActive),
      String(pool.serversIdle),
    ]),
  ]);

function backupsPart({ backups }: Status, now: number): string {
  if (backups === undefined) return "not known";
  const ago = (seconds: number | undefined) => (seconds === undefined ? "never" : `${span(now / 1000 - seconds)} ago`);
  const range =
    backups.recoverableFrom === undefined || backups.recoverableTo === undefined
      ? ""
      : `; restorable from ${clock(backups.recoverableFrom)} to ${clock(backups.recoverableTo)}`;
  const running = backups.running === undefined ? "" : `; ${backups.running} is running`;
  return `full ${ago(backups.lastFull)}, archive ${ago(backups.lastArchive)}${range}${running}`;
}

/** One a line, its name first; those without anything to tell are left out. */
const facts = (rows: readonly (readonly [name: string, text: string])[]): string[] =>
  rows.filter(([, text]) => text !== "").map(([name, text]) => `${name.padEnd(14)}${text}`);

function lag(bytes: number | undefined, seconds: number | undefined): string {
  const parts = [
    bytes === undefined ? undefined : size(bytes),
    seconds === undefined ? undefined : `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

export function size(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** Seconds as people say them: "40 s", "12 min", "5 h", "3 days". */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  if (whole < 90 * 60) return `${Math.round(whole / 60)} min`;
  if (whole < 48 * 3600) return `${Math.round(whole / 3600)} h`;
  return days(Math.round(whole / 86_400));
}

const days = (count: number): string => `${count} days`;

/** @param time ISO 8601, or seconds since the epoch. */
const clock = (time: string | number): string =>
  `${(typeof time === "number" ? new Date(time * 1000).toISOString() : time).slice(0, 19).replace("T", " ")}Z`;
