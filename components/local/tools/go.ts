import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { onPath, run } from "./command";
import type { Progress } from "./reporter";
import { atLeast, versionIn } from "./versions";

/** The Go command that can build modules asking for `least`. Throws why there is none. */
export async function checkGo(
  least: string,
  at: { readonly env: Readonly<Record<string, string | undefined>> },
): Promise<string> {
  const go = onPath("go", `${at.env.PATH ?? ""}:/usr/local/go/bin`)[0];
  if (go === undefined) {
    throw new Error("there is no Go toolchain on PATH");
  }
  const version = versionIn(await run([go, "env", "GOVERSION"]));
  // From 1.21 on, Go fetches the toolchain a module asks for by itself.
  if (version === undefined || !atLeast(version, "1.21.0")) {
    throw new Error(`${go} is version ${version}: ${least} is needed (1.21 or newer fetches it by itself)`);
  }
  return go;
}

/** Builds `pkg` as pinned by the go.mod and go.sum in `module` into the file `output`. */
export async function buildGo(
  go: string,
  module: string,
  pkg: string,
  output: string,
  ldflags: readonly string[],
  progress: Progress,
): Promise<void> {
  mkdirSync(dirname(output), { recursive: true });
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -trimpath -buildvcs=false", GOWORK: "off" };
  const name = output.slice(output.lastIndexOf("/") + 1);
  let fetched = 0;
  progress(`${name}: fetching sources`);
  // Everything the package imports; downloads what is missing on the way, one line each.
  const total = (
    await run([go, "list", "-C", module, "-deps", pkg], {
      env,
      onLine: (line) => {
        if (line.startsWith("go: downloading")) {
          fetched += 1;
          progress(`${name}: fetching sources, ${fetched} modules`);
        }
      },
    })
  ).split("\n").length;
  let compiled = 0;
  await run([go, "build", "-C", module, "-v", "-ldflags", ["-s", "-w", ...ldflags].join(" "), "-o", output, pkg], {
    env,
    onLine: () => {
      compiled += 1;
      progress(`${name}: compiling, ${compiled} of up to ${total} packages`);
    },
  });
}
