import { join } from "node:path";

export interface Program {
  readonly name: string;
  /** Program and arguments; no shell. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Lower starts earlier. */
  readonly priority: number;
  /** Seconds it may take to end after TERM before it is killed. */
  readonly stopWait: number;
}

// supervisord expands % and splits on spaces and commas, so values are quoted and % doubled.
const quote = (text: string): string => `"${text.replaceAll("%", "%%").replaceAll(/["\\]/g, "\\$&")}"`;
const word = (text: string): string => (/^[\w@+=:,./-]+$/.test(text) ? text : quote(text));

const environmentLine = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, value]) => `${key}=${environmentValue(key, value)}`)
    .join(",");

// Here supervisord knows no way to write a quote.
function environmentValue(key: string, value: string): string {
  if (/["']/.test(value))
    throw new Error(`${key} is ${value}: supervisord takes no quotes there; use a path without them`);
  return `"${value.replaceAll("%", "%%")}"`;
}

/** The supervisor itself: a socket only its user can open, and one folder of programs. */
export function renderSupervisord(options: {
  readonly folder: string;
  readonly log: string;
  readonly programs: string;
  readonly environment: Readonly<Record<string, string>>;
}): string {
  const socket = join(options.folder, "supervisord.sock");
  return `[unix_http_server]
file=${socket}
chmod=0700

[supervisord]
logfile=${join(options.log, "supervisord.log")}
logfile_maxbytes=5MB
logfile_backups=2
pidfile=${join(options.folder, "supervisord.pid")}
childlogdir=${options.log}
directory=/
umask=077
minfds=4096
environment=${environmentLine(options.environment).replaceAll("%", "%%") /* this one is expanded twice */}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://${socket}

[include]
files = ${join(options.programs, "*.conf")}
`;
}

/** One program that comes back whatever ends it; only its own process is told to stop, never PostgreSQL under it. */
export function renderProgram(program: Program, log: string): string {
  return `[program:${program.name}]
command=${program.command.map(word).join(" ")}
${program.environment ? `environment=${environmentLine(program.environment)}\n` : ""}priority=${program.priority}
autostart=true
autorestart=true
startsecs=1
startretries=1000
stopsignal=TERM
stopwaitsecs=${program.stopWait}
redirect_stderr=true
stdout_logfile=${join(log, `${program.name}.log`)}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
`;
}
