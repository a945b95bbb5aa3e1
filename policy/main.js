// A published pack is compiled. In the repository it is compiled when it starts, in memory: the engine's own way checks all
// types each time, which takes longer than the preview.
const { existsSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");

const compiled = join(__dirname, "dist/index.js");
if (existsSync(compiled)) {
  require(compiled);
} else {
  const { buildSync } = require("esbuild"); // TypeScript to one script
  const { outputFiles } = buildSync({
    entryPoints: [join(__dirname, "index.ts")],
    bundle: true,
    platform: "node",
    target: "node20",
    external: ["@pulumi/policy"],
    write: false,
  });
  new Function("require", outputFiles[0].text)(createRequire(__filename));
}
