// Loads a provider's TypeScript: each file is transpiled once (by esbuild) and kept by its content. The engine waits
// for the provider at every preview and up, and tsx, which looks at every module of every dependency, took half of that.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const { version } = require("esbuild/package.json");
const KEPT = join(__dirname, "../../node_modules/.cache/license-db-provider");

/** The file's text as JavaScript. */
function compiled(file) {
  const source = readFileSync(file, "utf8");
  const key = createHash("sha256").update(`${version}\n${file}\n${source}`).digest("hex");
  const kept = join(KEPT, `${key}.js`);
  try {
    return readFileSync(kept, "utf8");
  } catch {
    // import() as require(), later: Node's own would not come back here for a .ts, and names CommonJS otherwise.
    const supported = { "dynamic-import": false };
    const options = { loader: "ts", format: "cjs", target: "node20", supported, sourcefile: file, sourcemap: "inline" };
    const { code } = require("esbuild").transformSync(source, options);
    keep(kept, code);
    return code;
  }
}

/** Another process that does the same at once writes the same. A folder that is not ours to write costs time alone. */
function keep(kept, code) {
  try {
    mkdirSync(KEPT, { recursive: true });
    const part = `${kept}.${process.pid}`;
    writeFileSync(part, code);
    renameSync(part, kept);
  } catch (error) {
    if (!["EACCES", "EROFS", "EPERM", "ENOSPC"].includes(error.code)) throw error;
  }
}

require.extensions[".ts"] = (module, file) => module._compile(compiled(file), file);
