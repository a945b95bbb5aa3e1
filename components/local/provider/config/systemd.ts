// systemd splits on spaces and expands %.
const word = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&").replaceAll("%", "%%")}"`;

/** A unit that starts the cluster's supervisor with the machine; `user` is absent for a unit of the user's own systemd. */
export function renderUnit(options: {
  readonly name: string;
  readonly user?: string;
  readonly supervisord: string;
  readonly supervisorctl: string;
  readonly config: string;
  readonly pidFile: string;
}): string {
  return `[Unit]
Description=license-db PostgreSQL cluster ${options.name}
After=network.target local-fs.target

[Service]
Type=forking
${options.user ? `User=${options.user}\n` : ""}PIDFile=${options.pidFile}
ExecStart=${word(options.supervisord)} -c ${word(options.config)}
ExecStop=${word(options.supervisorctl)} -c ${word(options.config)} shutdown
# A clean stop of PostgreSQL writes a checkpoint first.
TimeoutStopSec=180
Restart=on-failure
RestartSec=2
# The supervisor ends its own programs; a supervisor that died must not take PostgreSQL with it.
KillMode=process
LimitNOFILE=65536

[Install]
WantedBy=${options.user ? "multi-user.target" : "default.target"}
`;
}
