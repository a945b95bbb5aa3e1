import type { Command } from "commander";

interface Entry {
  /** As the list of commands shows it. */
  readonly summary: string;
  /** Only the command that is called is loaded. */
  load(): Promise<{ command(): Command }>;
}

/** Every command of `npx license-db`. */
export const commands: Readonly<Record<string, Entry>> = {
  backup: { summary: "list, take and verify backups", load: () => import("../backup/command") },
  bootstrap: {
    summary: "roles, grants, extensions and column encryption, as they should be",
    load: () => import("../bootstrap/command"),
  },
  completion: { summary: "completion for the shell", load: () => import("../completion/command") },
  drill: {
    summary: "proves failover and restore under load, and measures RTO and RPO",
    load: () => import("../drill/command"),
  },
  migrate: {
    summary: "move a PostgreSQL database into the stack while it is written to",
    load: () => import("../migrate/command"),
  },
  report: {
    summary: "the month's query performance, and the quarter's version review",
    load: () => import("../report/command"),
  },
  restore: {
    summary: "the database as it was: beside the running one, or in its place",
    load: () => import("../restore/command"),
  },
  rotate: { summary: "new passwords, certificates and keys", load: () => import("../rotate/command") },
  status: { summary: "the cluster on one screen", load: () => import("../status/command") },
  upgrade: {
    summary: "another major version of PostgreSQL: rehearsed, run, taken back",
    load: () => import("../upgrade/command"),
  },
};
