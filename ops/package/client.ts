import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");

interface Manifest {
  readonly version: string;
  readonly engines: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

/** What the library needs, and what only users of one cloud do. */
const NEEDED = ["pg", "@types/pg"];
const OPTIONAL = ["@aws-sdk/client-secrets-manager", "@aws-sdk/rds-signer"];

/**
 * Makes the client library a package of its own, so that an application gets node `pg` with it and not the whole of
 * Pulumi: JavaScript, types, package.json and its documentation.
 *
 * @throws Error with the compiler's words.
 */
export function buildClient(folder: string = join(ROOT, "dist/client")): void {
  rmSync(folder, { recursive: true, force: true });
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const compiled = spawnSync(process.execPath, [compiler, "-p", join(ROOT, "ops/client"), "--outDir", folder], {
    encoding: "utf8",
  });
  if (compiled.status !== 0) throw new Error(`the client does not compile:\n${compiled.stdout}${compiled.stderr}`);
  const project = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest(project), undefined, 2)}\n`);
  copyFileSync(join(ROOT, "docs/client.md"), join(folder, "README.md"));
}

function manifest({ version, engines, dependencies, devDependencies }: Manifest) {
  const all = { ...devDependencies, ...dependencies };
  const of = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, all[name] ?? missing(name)]));
  return {
    name: "license-db",
    version,
    private: true,
    description: "Talks to the license database: pool, read/write split, failover, rotation",
    type: "commonjs",
    main: "index.js",
    types: "index.d.ts",
    exports: {
      ".": { types: "./index.d.ts", default: "./index.js" },
      "./package.json": "./package.json",
    },
    engines,
    dependencies: of(NEEDED),
    peerDependencies: of(OPTIONAL),
    peerDependenciesMeta: Object.fromEntries(OPTIONAL.map((name) => [name, { optional: true }])),
  };
}

function missing(name: string): never {
  throw new Error(`package.json names no version of ${name}, which the client needs`);
}

if (require.main === module) {
  buildClient();
  console.log(
    `The client is in ${relative(process.cwd(), join(ROOT, "dist/client"))}: npm install it, or npm pack it.`,
  );
}
