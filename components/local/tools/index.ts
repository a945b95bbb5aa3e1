import { join } from "node:path";
import { etcd } from "./etcd";
import { pgbackrest } from "./pgbackrest";
import { pgbouncer } from "./pgbouncer";
import { POSTGRES_PROGRAMS, type PostgresMajor, postgres, postgresOf } from "./postgres";
import { type Reporter, silent } from "./reporter";
import { ensureTools, findTools, type ToolSet } from "./toolSet";
import { patroni } from "./venv";
import type { FoundTool, MissingTool } from "./ways";

export { cacheFolder, stateFolder } from "./folders";
export { ensureMonitoringTools, findMonitoringTools, type MonitoringTools } from "./monitoring";
export { POSTGRES_MAJORS, type PostgresMajor } from "./postgres";
export { LineReporter, type Reporter, silent } from "./reporter";
export { type RunUser, runUser } from "./runUser";
export type { FoundTool, MissingTool } from "./ways";

/** The programs that a real cluster on this machine consists of: absolute paths, usable by {@link runUser}. */
export interface LocalTools {
  /** The folder of postgres, initdb, pg_ctl, pg_basebackup, pg_rewind, pg_controldata, pg_isready, pg_dump, pg_restore, psql. */
  readonly postgresBin: string;
  /** The environment's python, for daemons of our own. */
  readonly python: string;
  readonly patroni: string;
  readonly patronictl: string;
  readonly supervisord: string;
  readonly supervisorctl: string;
  readonly haproxy: string;
  readonly etcd: string;
  readonly etcdctl: string;
  readonly pgbouncer: string;
  readonly pgbackrest: string;
  /** Environment that all of them need beside the usual; empty so far: what was unpacked is a script that sets its own. */
  readonly env: Readonly<Record<string, string>>;
  readonly found: readonly FoundTool[];
}

const TOOLS = { postgres, patroni, etcd, pgbouncer, pgbackrest } as const;

const SET: ToolSet = {
  name: "tools",
  tools: Object.values(TOOLS),
  stamped(found) {
    const { env: _env, found: _found, postgresBin, ...programs } = asLocalTools(found);
    return [...Object.values(programs), ...POSTGRES_PROGRAMS.map((name) => join(postgresBin, name))];
  },
};

/** The programs of the local cluster, found or fetched: see `ensureTools`. */
export const ensureLocalTools = async (report: Reporter = silent, fresh = false): Promise<LocalTools> =>
  asLocalTools(await ensureTools(SET, report, fresh));

/** The folder of a major version's programs, found or fetched; the one that clusters begin with is among the others. */
export async function ensurePostgres(major: PostgresMajor, report: Reporter = silent): Promise<string> {
  if (major === "15") return (await ensureLocalTools(report)).postgresBin;
  const set: ToolSet = {
    name: `postgres-${major}`,
    tools: [postgresOf(major)],
    stamped: ([found]) => POSTGRES_PROGRAMS.map((name) => join(found?.path ?? "", name)),
  };
  const [found] = await ensureTools(set, report, false);
  return (found as FoundTool).path;
}

/** What is there and what is not, without changing anything. */
export const findLocalTools = (): Promise<readonly (FoundTool | MissingTool)[]> => findTools(SET);

function asLocalTools(found: readonly FoundTool[]): LocalTools {
  const named = Object.fromEntries(found.map((tool) => [tool.name, tool]));
  const tool = (name: keyof typeof TOOLS) => named[name] as FoundTool;
  const more = (name: keyof typeof TOOLS, program: string) => tool(name).more[program] as string;
  return {
    postgresBin: tool("postgres").path,
    python: more("patroni", "python"),
    patroni: more("patroni", "patroni"),
    patronictl: more("patroni", "patronictl"),
    supervisord: more("patroni", "supervisord"),
    supervisorctl: more("patroni", "supervisorctl"),
    haproxy: more("patroni", "haproxy"),
    etcd: tool("etcd").path,
    etcdctl: more("etcd", "etcdctl"),
    pgbouncer: tool("pgbouncer").path,
    pgbackrest: tool("pgbackrest").path,
    env: {},
    found,
  };
}
