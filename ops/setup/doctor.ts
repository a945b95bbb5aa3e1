import { existsSync, statfsSync } from "node:fs";
import { arch, cpus, freemem, platform, release, totalmem } from "node:os";
import { dirname } from "node:path";
import { findLocalTools, findMonitoringTools } from "../../components/local/tools";
import { cacheFolder, stateFolder } from "../../components/local/tools/folders";
import { runUser } from "../../components/local/tools/runUser";
import type { FoundTool, MissingTool } from "../../components/local/tools/ways";
import { findEngine, missingOnPath } from "./engine";
import { pulumiEnvironment, readCredentials } from "./environment";
import { main } from "./session";
import { table } from "./table";

/**
 * Shows what was found where, and why what is missing was not; changes nothing. Fails when something is missing that a
 * cluster cannot do without: it can do without its monitoring.
 */
main(async () => {
  const engine = await findEngine();
  const local = await orReason(findLocalTools);
  const needed = [engine, ...(typeof local === "string" ? [] : local)];
  const tools = [...needed, ...(typeof local === "string" ? [] : await findMonitoringTools())];
  const title = ["tool", "version", "how it was had", "path"];
  process.stdout.write(`${table([title, ...tools.filter(isFound).map(asRow)])}\n`);
  const missing = tools.filter((tool): tool is MissingTool => !isFound(tool));
  process.stdout.write(missing.map(explain).join(""));
  if (typeof local === "string") {
    process.stdout.write(`${local}\n\n`);
  }
  process.stdout.write(table(machine(engine)));
  return needed.every(isFound) ? 0 : 1;
});

async function orReason<T>(find: () => Promise<T>): Promise<T | string> {
  try {
    return await find();
  } catch (error) {
    return (error as Error).message;
  }
}

function isFound(tool: FoundTool | MissingTool): tool is FoundTool {
  return "version" in tool;
}

function asRow({ name, version, source, path }: FoundTool): string[] {
  return [name, version, source, path];
}

function explain(tool: MissingTool): string {
  const { name, tried, obtainable } = tool;
  const reasons = tried.map(({ way, reason }) => `  ${way}: ${reason}\n`).join("");
  const next = obtainable === undefined ? "" : `  \`npm run setup\` would try: ${obtainable}\n`;
  return `${name} is missing\n${reasons}${next}\n`;
}

function machine(engine: FoundTool | MissingTool): string[][] {
  const state = stateFolder();
  const path = isFound(engine) ? missingOnPath(engine, process.env.PATH ?? "") : [];
  const { backend, variables } = pulumiEnvironment(process.env, state, path, readCredentials());
  const passphrase = variables.PULUMI_CONFIG_PASSPHRASE_FILE;
  return [
    ["system", `${platform()} ${release()}, ${arch()}, ${cpus().length} CPUs`],
    ["memory", `${gigabytes(totalmem())}, ${gigabytes(freemem())} free`],
    ["node", `${process.version}, ${process.execPath}`],
    ["servers run as", describeUser()],
    ["state folder", folder(state)],
    ["cache folder", folder(cacheFolder())],
    ["Pulumi's state", backend === undefined ? "in the backend you are logged in to" : backend],
    [
      "passphrase",
      passphrase === undefined ? "yours" : `${passphrase}${existsSync(passphrase) ? "" : " (not made yet)"}`,
    ],
    [
      "systemd",
      existsSync("/run/systemd/system") ? "yes" : "no: the database does not start with the machine by itself",
    ],
  ];
}

function describeUser(): string {
  try {
    const { name, uid, drop } = runUser();
    return `${name} (uid ${uid}${drop ? "; we are root and drop to it" : ""})`;
  } catch (error) {
    return (error as Error).message;
  }
}

function folder(path: string): string {
  let there = path;
  while (!existsSync(there)) {
    there = dirname(there);
  }
  const { bavail, bsize } = statfsSync(there);
  return `${path}${there === path ? "" : " (not made yet)"}, ${gigabytes(bavail * bsize)} free on its disk`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
