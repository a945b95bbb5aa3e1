// Loads a provider's TypeScript: each file is transpiled once (by esbuild) and kept by its content. The engine waits
// for the provider at every preview and up, and tsx, which looks at every module of every dependency, took half of that.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const { version } = require("esbuild/package.json");
const OPTIONS = {
  loader: "ts",
  format: "cjs",
  target: "node20",
  sourcemap: "inline",
  // import() as require(), later: Node's own would not come back here for a .ts, and names CommonJS otherwise.
  supported: { "dynamic-import": false },
};
const KEPT = join(__dirname, "../../node_modules/.cache/license-db-provider");

/** The file's text as JavaScript. */
function compiled(file) {
  const source = readFileSync(file, "utf8");
  const key = createHash("sha256")
    .update(JSON.stringify([version, OPTIONS, file, source]))
    .digest("hex");
  const kept = join(KEPT, `${key}.js`);
  try {
    return readFileSync(kept, "utf8");
  } catch {
    const { code } = require("esbuild").transformSync(source, { ...OPTIONS, sourcefile: file });
    keep(kept, code);
    return code;
  }
}

/** Another process that does the same at once writes the same. Whatever stands in the way costs time alone. */
function keep(kept, code) {
  try {
    mkdirSync(KEPT, { recursive: true });
    const part = `${kept}.${process.pid}`;
    writeFileSync(part, code);
    renameSync(part, kept);
  } catch {
    // The next one compiles it again.
  }
}

require.extensions[".ts"] = (module, file) => module._compile(compiled(file), file);
