// A published pack is compiled. In the repository its TypeScript runs as it is: the engine's own way checks all types at each start.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

if (existsSync(join(__dirname, "dist/index.js"))) {
  require("./dist/index.js");
} else {
  require("tsx/cjs");
  require("./index.ts");
}
