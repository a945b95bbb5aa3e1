import { join } from "node:path";
import { buildFolder } from "./build";
import { isExecutable, onPath } from "./command";
import { extractPackages, type Release } from "./debian";
import { firstOf, probe } from "./probe";
import { override, type Tool, type Way } from "./ways";

/**
 * pgBackRest, which takes the backups. Any version knows PostgreSQL 15, but repositories over SFTP came with 2.46 and
 * PostgreSQL 17 (for the upgrade) with 2.51; hence Debian 13's package before an older distribution's own.
 */
export const pgbackrest: Tool = {
  name: "pgbackrest",
  ways: [
    override("LICENSE_DB_PGBACKREST", (path, at) => probe(path, "version", at)),
    {
      name: "path",
      title: "on PATH",
      find: (at) => firstOf(onPath("pgbackrest", at.env.PATH), "not on PATH", (path) => probe(path, "version", at)),
    },
    extracted("debian13", "Debian 13's package, unpacked", "trixie"),
    extracted("distribution", "the distribution's own package, unpacked", "own"),
  ],
  advice:
    "install pgBackRest with your package manager (apt install pgbackrest, dnf install pgbackrest), or name its " +
    "executable in LICENSE_DB_PGBACKREST.",
};

function extracted(name: string, title: string, release: Release): Way {
  const target = (cache: string) => join(cache, `pgbackrest-${name}`);
  return {
    name,
    title,
    async find(at) {
      const path = join(target(at.cache), "bin/pgbackrest");
      return isExecutable(path) ? probe(path, "version", at) : { reason: "not fetched yet" };
    },
    obtain: (at, progress) =>
      buildFolder(target(at.cache), async (folder) => {
        const wanted = { release, packages: ["pgbackrest"], executables: ["usr/bin/pgbackrest"] };
        await extractPackages(wanted, at.cache, folder, progress);
      }),
  };
}
