import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { runUser } from "../../tools";
import { renderUnit } from "../config/systemd";
import { type Place, paths } from "../place";
import { readIfThere } from "./files";
import { localTools } from "./tools";

const execute = promisify(execFile);

/** Which systemd can start the cluster with the machine; undefined where there is none. */
function systemd(): { readonly folder: string; readonly scope: readonly string[] } | undefined {
  if (!existsSync("/run/systemd/system")) return undefined;
  return userInfo().uid === 0
    ? { folder: "/etc/systemd/system", scope: [] }
    : { folder: join(homedir(), ".config/systemd/user"), scope: ["--user"] };
}

const unitName = (place: Place): string => `${place.name}-${place.clusterId}.service`;

async function unitText(place: Place): Promise<string> {
  const tools = await localTools();
  const user = runUser();
  const { supervisor, supervisorConfig } = paths(place.folder);
  return renderUnit({
    name: place.name,
    ...(user.drop ? { user: user.name } : {}),
    supervisord: tools.supervisord,
    supervisorctl: tools.supervisorctl,
    config: supervisorConfig,
    pidFile: join(supervisor, "supervisord.pid"),
  });
}

/** Installs the unit. @returns one sentence for the outputs: whether and how the cluster starts with the machine. */
export async function installBootUnit(place: Place): Promise<string> {
  const system = systemd();
  if (!system) {
    return `no: this machine runs no systemd; after a reboot run up, or ${join(paths(place.folder).bin, "start")}`;
  }
  await mkdir(system.folder, { recursive: true });
  await writeFile(join(system.folder, unitName(place)), await unitText(place));
  await execute("systemctl", [...system.scope, "daemon-reload"]);
  await execute("systemctl", [...system.scope, "enable", unitName(place)]);
  // A user's systemd starts with the machine only for users who linger.
  if (system.scope.length > 0) await execute("loginctl", ["enable-linger", userInfo().username]).catch(() => {});
  return `yes: systemd unit ${unitName(place)}`;
}

export async function bootUnitDrift(place: Place): Promise<string[]> {
  const system = systemd();
  if (!system) return [];
  const found = await readIfThere(join(system.folder, unitName(place)));
  return found === (await unitText(place)) ? [] : [`systemd unit ${unitName(place)} is missing or changed`];
}

export async function removeBootUnit(place: Place): Promise<void> {
  const system = systemd();
  if (!system) return;
  await execute("systemctl", [...system.scope, "disable", unitName(place)]).catch(() => {});
  await rm(join(system.folder, unitName(place)), { force: true });
  await execute("systemctl", [...system.scope, "daemon-reload"]);
}
