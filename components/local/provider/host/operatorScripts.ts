import { basename, join } from "node:path";
import type { LocalTools, MonitoringTools, RunUser } from "../../tools";
import { monitoringPaths } from "../config/monitoring/files";
import { certificatePaths, LOOPBACK, monitoringPorts, type Place, paths } from "../place";

const shell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** How often, and how many seconds apart, a starting server is asked whether it answers: for half a second. */
const ASKED = { times: 25, interval: 0.02 };

/**
 * pg_isready for Patroni: gives a server that is starting a moment to answer. One that is dead is not waited for: its
 * process, which postmaster.pid names, is gone.
 */
const patientIsReady = (isReady: string): string => `#!/bin/sh
pid_file=\${LICENSE_DB_MEMBER%/*}/data/postmaster.pid
tries=0
while ! ${shell(isReady)} -q "$@" && [ "$tries" -lt ${ASKED.times} ]; do
  if read -r pid 2>/dev/null <"$pid_file" && ! kill -0 "$pid" 2>/dev/null; then break; fi
  tries=$((tries + 1))
  sleep ${ASKED.interval}
done
exec ${shell(isReady)} "$@"
`;

/** Root becomes the database's user first; the user itself needs nothing. */
const becoming = (user: RunUser): string =>
  user.drop ? `$([ "$(id -u)" = 0 ] && echo setpriv --reuid=${user.uid} --regid=${user.gid} --clear-groups) ` : "";

export const WATCH_COMMANDS = ["promql", "amtool"] as const;

/** Commands that ask the monitoring, by file name: `promtool query instant` and amtool, as who may. */
export function watchCommands(
  place: Place,
  tools: MonitoringTools,
  user: RunUser,
): Record<(typeof WATCH_COMMANDS)[number], string> {
  const ports = monitoringPorts(place.ports);
  const { client } = monitoringPaths(place.folder);
  const script = (command: readonly string[]) =>
    `#!/bin/sh\ncd / && exec ${becoming(user)}${command.map(shell).join(" ")} "$@"\n`;
  const url = (port: number) => `https://${LOOPBACK}:${port}`;
  return {
    promql: script([tools.promtool, "query", "instant", `--http.config.file=${client}`, url(ports.prometheus)]),
    amtool: script([tools.amtool, `--http.config.file=${client}`, `--alertmanager.url=${url(ports.alertmanager)}`]),
  };
}

/** Small commands for a person at this machine, by file name: each tool with its configuration, as the right user. */
export function operatorScripts(place: Place, tools: LocalTools, user: RunUser): Record<string, string> {
  const at = paths(place.folder);
  const asUser = becoming(user);
  const environment = Object.entries({ LANG: "C.UTF-8", ...tools.env })
    .map(([key, value]) => `export ${key}=${shell(value)}\n`)
    .join("");
  const script = (command: readonly string[], rest = '"$@"', before = "") =>
    `#!/bin/sh\n${environment}${before}cd / && exec ${asUser}${command.map(shell).join(" ")} ${rest}\n`;
  const members = join(at.run, "member-");
  // The superuser's psql goes to the primary: the member that is not in recovery.
  const primary = `for socket in ${shell(members)}*; do
  member=\${socket##*-}; port=$((${place.ports.postgres} + member))
  if [ "$(${asUser}${shell(join(tools.postgresBin, "psql"))} -XAtq -h "$socket" -p "$port" -U postgres -c 'select pg_is_in_recovery()' postgres 2>/dev/null)" = f ]; then break; fi
done
`;
  const pgbackrest = [tools.pgbackrest, `--config=${at.pgbackrestConfig}`, `--stanza=${place.name}`];
  const certificates = certificatePaths(place.folder, "operator");
  const etcd = [
    tools.etcdctl,
    `--endpoints=https://${LOOPBACK}:${place.ports.etcdClient}`,
    `--cacert=${certificates.ca}`,
    `--cert=${certificates.cert}`,
    `--key=${certificates.key}`,
  ];
  return {
    psql: script([join(tools.postgresBin, "psql")], '-h "$socket" -p "$port" -U postgres "$@"', primary),
    patronictl: script([tools.patronictl, "-c", at.member("member-1").config]),
    pgbackrest: script(pgbackrest),
    // PostgreSQL's archive_command: called in the data folder, with the segment's path from there.
    "pgbackrest-archive-push": `#!/bin/sh\n${environment}exec ${pgbackrest.map(shell).join(" ")} --pg1-path="$PWD" archive-push "$1"\n`,
    [basename(at.isReady)]: patientIsReady(join(tools.postgresBin, "pg_isready")),
    supervisorctl: script([tools.supervisorctl, "-c", at.supervisorConfig]),
    etcdctl: script(etcd, '"$@"', "export ETCDCTL_API=3\n"),
    start: script([tools.supervisord, "-c", at.supervisorConfig], ""),
    stop: script([tools.supervisorctl, "-c", at.supervisorConfig, "shutdown"], ""),
  };
}
