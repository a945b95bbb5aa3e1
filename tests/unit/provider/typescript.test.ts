import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(__dirname, "../../..");

// As the engine's host starts a provider: node --require typescript.cjs main.ts
describe("a provider's TypeScript", () => {
  let project: string;
  const hook = () => join(project, "components/provider/typescript.cjs");
  const main = () => join(project, "main.ts");
  const kept = () => readdirSync(join(project, "node_modules/.cache/license-db-provider"));

  /** What it prints: its own word, and whether it was compiled for that. */
  const run = (): { said: string; compiled: boolean } =>
    JSON.parse(execFileSync(process.execPath, ["--require", hook(), main()], { encoding: "utf8" }));
  const write = (said: string) =>
    writeFileSync(
      main(),
      `const said: string = ${JSON.stringify(said)};\n` +
        "const compiled = Object.keys(require.cache).some((file) => file.includes('esbuild/lib'));\n" +
        "console.log(JSON.stringify({ said, compiled }));\n",
    );

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "license-db-provider-"));
    mkdirSync(dirname(hook()), { recursive: true });
    mkdirSync(join(project, "node_modules"));
    copyFileSync(join(ROOT, "components/provider/typescript.cjs"), hook());
    symlinkSync(join(ROOT, "node_modules/esbuild"), join(project, "node_modules/esbuild"));
  });
  afterEach(() => rmSync(project, { recursive: true }));

  it("is compiled once for what it says, and again once it says something else", () => {
    write("one");
    expect([run(), run()]).toEqual([
      { said: "one", compiled: true },
      { said: "one", compiled: false },
    ]);
    write("two");
    expect(run()).toEqual({ said: "two", compiled: true });
  });

  it("is compiled again when the way it is compiled has changed", () => {
    write("one");
    run();
    const text = readFileSync(hook(), "utf8");
    writeFileSync(hook(), text.replace('target: "node20"', 'target: "node22"'));
    expect(run().compiled).toBe(true);
    expect(kept()).toHaveLength(2);
  });

  it("runs where nothing can be kept", () => {
    write("one");
    writeFileSync(join(project, "node_modules/.cache"), "no folder");
    expect([run().said, run().compiled]).toEqual(["one", true]);
  });
});
