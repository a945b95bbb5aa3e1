import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { onPath } from "../../../components/local/tools/command";

/** Whether the engine has a cloud's provider without downloading it: on PATH, or where it keeps its plugins. */
export function hasPlugin(vendor: string): boolean {
  const home = join(process.env.PULUMI_HOME || join(homedir(), ".pulumi"), "plugins");
  const kept = existsSync(home) ? readdirSync(home) : [];
  return (
    vendor === "local" ||
    onPath(`pulumi-resource-${vendor}`).length > 0 ||
    kept.some((name) => name.startsWith(`resource-${vendor}-v`) && !name.endsWith(".lock"))
  );
}
