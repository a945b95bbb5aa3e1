import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "../../components/local/tools/build";
import { run } from "../../components/local/tools/command";
import { cacheFolder } from "../../components/local/tools/folders";
import { withLock } from "../../components/local/tools/lock";

/** moto: a server that speaks AWS's protocols, with its storage in memory. Flask is what it serves with. */
const REQUIREMENTS = ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];

/** moto's server in an environment of the tests' own, made once per machine. */
export async function motoServer(): Promise<string> {
  const cache = cacheFolder();
  const folder = join(cache, "tests-moto-5.2.5");
  await withLock(
    join(cache, "tests-moto.lock"),
    () => {},
    async () => {
      if (existsSync(folder)) return;
      await buildFolder(folder, async (into) => {
        await run(["/usr/bin/python3", "-m", "venv", into]);
        await run([join(into, "bin/pip"), "install", "-q", "--disable-pip-version-check", ...REQUIREMENTS], {
          timeout: 600_000,
        });
      });
    },
  );
  return join(folder, "bin/moto_server");
}
