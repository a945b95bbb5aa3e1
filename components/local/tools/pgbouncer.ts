import { join } from "node:path";
import { buildFolder } from "./build";
import { isExecutable, onPath } from "./command";
import { extractPackages } from "./debian";
import { firstOf, probe } from "./probe";
import { override, type Surroundings, type Tool } from "./ways";

/** PgBouncer, which pools the connections. It is often in sbin, which an ordinary user's PATH lacks. */
export const pgbouncer: Tool = {
  name: "pgbouncer",
  ways: [
    override("LICENSE_DB_PGBOUNCER", (path, at) => probe(path, "--version", at)),
    {
      name: "path",
      title: "on PATH or in /usr/sbin",
      find: (at) =>
        firstOf(onPath("pgbouncer", `${at.env.PATH ?? ""}:/usr/sbin`), "not on PATH", (path) =>
          probe(path, "--version", at),
        ),
    },
    {
      name: "distribution",
      title: "the distribution's package, unpacked",
      async find(at) {
        const path = join(target(at), "bin/pgbouncer");
        return isExecutable(path) ? probe(path, "--version", at) : { reason: "not fetched yet" };
      },
      obtain: (at, progress) =>
        buildFolder(target(at), async (folder) => {
          const wanted = { release: "own", packages: ["pgbouncer"], executables: ["usr/sbin/pgbouncer"] } as const;
          await extractPackages(wanted, at.cache, folder, progress);
        }),
    },
  ],
  advice:
    "install PgBouncer with your package manager (apt install pgbouncer, dnf install pgbouncer), or name its " +
    "executable in LICENSE_DB_PGBOUNCER.",
};

function target(at: Surroundings): string {
  return join(at.cache, "pgbouncer-distribution");
}
