import { dirname, join } from "node:path";
import { buildFolder } from "./build";
import { isExecutable, onPath } from "./command";
import { extractPackages } from "./debian";
import { buildGo, checkGo } from "./go";
import { firstOf, probe } from "./probe";
import { atLeast } from "./versions";
import { type Finding, isMiss, type Miss, override, type Surroundings, type Tool } from "./ways";

const BUILT = "3.6.8";

/** etcd, which holds the lease of the primary. */
export const etcd: Tool = {
  name: "etcd",
  ways: [
    override("LICENSE_DB_ETCD", check),
    {
      name: "path",
      title: "on PATH",
      find: (at) => firstOf(onPath("etcd", at.env.PATH), "not on PATH", (path) => check(path, at)),
    },
    {
      name: "distribution",
      title: "the distribution's package, unpacked",
      find: (at) => checkFetched(join(at.cache, "etcd-distribution", "bin/etcd"), at),
      obtain: (at, progress) =>
        buildFolder(join(at.cache, "etcd-distribution"), async (folder) => {
          const packages = ["etcd-server", "etcd-client"];
          const executables = ["usr/bin/etcd", "usr/bin/etcdctl"];
          await extractPackages({ release: "own", packages, executables }, at.cache, folder, progress);
        }),
    },
    {
      name: "go",
      title: `built from source with Go (${BUILT})`,
      find: (at) => checkFetched(join(at.cache, `etcd-${BUILT}`, "bin/etcd"), at),
      async obtain(at, progress) {
        const go = await checkGo("1.24.0", at);
        await buildFolder(join(at.cache, `etcd-${BUILT}`), async (folder) => {
          const module = join(__dirname, "etcd");
          await buildGo(go, module, "go.etcd.io/etcd/server/v3", join(folder, "bin/etcd"), [], progress);
          await buildGo(go, module, "go.etcd.io/etcd/etcdctl/v3", join(folder, "bin/etcdctl"), [], progress);
        });
      },
    },
  ],
  advice:
    "install etcd 3.4 or newer, but not 3.5.0 to 3.5.2, with your package manager; or install Go 1.24 " +
    "or newer, with which it is built; or name the executable in LICENSE_DB_ETCD (etcdctl beside it).",
};

/** 3.5.0 to 3.5.2 can lose acknowledged writes when killed; before 3.4 there is no v3 gateway Patroni can speak to. */
export function acceptEtcd(version: string): true | string {
  if (!atLeast(version, "3.4.0")) {
    return "3.4 or newer is needed";
  }
  const corrupting = atLeast(version, "3.5.0") && !atLeast(version, "3.5.3");
  return corrupting ? "3.5.0 to 3.5.2 can corrupt their data" : true;
}

async function check(path: string, at: Surroundings): Promise<Finding | Miss> {
  const found = await probe(path, "--version", at, acceptEtcd);
  if (isMiss(found)) {
    return found;
  }
  const etcdctl = [join(dirname(path), "etcdctl"), ...onPath("etcdctl", at.env.PATH)].find(isExecutable);
  return etcdctl === undefined
    ? { reason: `${path} has no etcdctl beside it or on PATH` }
    : { ...found, more: { etcdctl } };
}

async function checkFetched(path: string, at: Surroundings): Promise<Finding | Miss> {
  return isExecutable(path) ? check(path, at) : { reason: "not fetched yet" };
}
