import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onPath, run } from "../../components/local/tools/command";
import { LineReporter } from "../../components/local/tools/reporter";
import { ensureEngine } from "../../ops/setup/engine";

/**
 * Has providers' plugins for the real engine: on PATH, which it prefers, or from where Pulumi publishes them, in the
 * version of the npm package of the same name.
 * @throws when one cannot be had.
 */
export async function ensurePlugins(root: string, names: readonly string[]): Promise<void> {
  const engine = await ensureEngine(new LineReporter(() => {}));
  for (const name of names.filter((one) => onPath(`pulumi-resource-${one}`).length === 0)) {
    const manifest = readFileSync(join(root, "node_modules/@pulumi", name, "package.json"), "utf8");
    const { version } = JSON.parse(manifest) as { version: string };
    await run([engine.path, "plugin", "install", "resource", name, version], { timeout: 600_000 });
  }
}
