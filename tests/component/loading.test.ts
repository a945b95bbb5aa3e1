import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { runProgram } from "../support/program";

const ROOT = resolve(__dirname, "../..");

/** Runs lines of TypeScript in a process of their own; the project's files that were loaded by then. */
async function loadedBy(code: string): Promise<string[]> {
  const print = "console.log(JSON.stringify(Object.keys(require.cache)))";
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "--eval", `(async () => { ${code}; ${print} })()`],
    { cwd: ROOT },
  );
  return (JSON.parse(stdout) as string[]).map((path) => path.replace(`${ROOT}/`, ""));
}

const under = (files: readonly string[], folder: string) => files.filter((file) => file.startsWith(folder));

describe("a vendor's code", () => {
  it("is loaded when the vendor is chosen, and not before", async () => {
    const before = await loadedBy(`require("./components/vendors")`);
    expect(under(before, "components/vendors")).toHaveLength(1);
    expect(under(before, "components/local/")).toEqual([]);

    const after = await loadedBy(`await require("./components/vendors").loadVendor("local")`);
    expect(under(after, "components/local/index.ts")).toHaveLength(1);
  });

  it("brings its program's side along, and none of what only its provider needs", async () => {
    const files = await loadedBy(`await require("./components/vendors").loadVendor("local")`);
    expect(under(files, "components/local/provider/host/")).toEqual([]);
    expect(under(files, "components/local/provider/resources/")).toEqual([]);
    expect(files.filter((file) => /node_modules\/(pg|@peculiar\/x509)\//.test(file))).toEqual([]);
  });
});

describe("a configuration that is refused", () => {
  it.each([
    ["an unknown vendor", { vendor: "azure" }, /license-db:vendor\n +got +"azure"/],
    ["a vendor that is not built yet", { vendor: "aws" }, /"aws" is not built yet/],
    ["an unknown key", { vendor: "local", replicaz: 2 }, /replicaz/],
    ["a wrong unit", { vendor: "local", size: { memory: "16 elephants" } }, /size\.memory/],
    [
      "two repositories in one place",
      { vendor: "local", local: { repositories: { daily: { folder: "/mnt/b" }, archive: { folder: "/mnt/b" } } } },
      /one place/,
    ],
    ["more than the vendor can do", { vendor: "local", access: { allowedSecurityGroups: ["sg-0123"] } }, /security/],
  ])("registers nothing: %s", async (_, configuration, message) => {
    const registered: string[] = [];
    const outputs = new Proxy({}, { get: (_, type) => registered.push(String(type)) && undefined });
    await expect(runProgram({ stack: "local", configuration, outputs })).rejects.toThrow(message);
    expect(registered).toEqual([]);
  });
});
