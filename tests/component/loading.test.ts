import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
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

/** A cloud's SDK, by folder of what was loaded: "aws/rds". */
const sdk = (files: readonly string[]): string[] => [
  ...new Set(
    files.flatMap((file) => {
      const [, cloud, rest = ""] = /^node_modules\/@pulumi\/(aws|alicloud|azure-native|gcp)\/(.*)$/.exec(file) ?? [];
      return cloud === undefined ? [] : [`${cloud}/${rest.split("/").slice(0, -1).join("/")}`];
    }),
  ),
];

describe("a vendor's code", () => {
  it("is loaded when the vendor is chosen, and not before", async () => {
    const before = await loadedBy(`require("./components/vendors")`);
    expect(under(before, "components/vendors")).toHaveLength(1);
    for (const vendor of ["local", "aws", "alicloud"]) expect(under(before, `components/${vendor}/`)).toEqual([]);
    expect(sdk(before)).toEqual([]);

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

describe("a cloud's SDK", () => {
  it("is not loaded by another vendor", async () => {
    expect(sdk(await loadedBy(`await require("./components/vendors").loadVendor("local")`))).toEqual([]);
  });

  it.each([
    ["aws", "alicloud"],
    ["alicloud", "aws"],
  ])("is loaded by its sub-packages, those that are used and no others: %s", async (cloud, other) => {
    const files = await loadedBy(`await require("./components/vendors").loadVendor("${cloud}")`);
    // Another vendor's code, but for where this machine keeps programs.
    const others = [...under(files, "components/local/"), ...under(files, `components/${other}/`)];
    expect(others.filter((file) => !file.startsWith("components/local/tools/"))).toEqual([]);
    const used = new Set(await imports(`components/${cloud}`, `@pulumi/${cloud}`));
    // Each sub-package brings along its own files, and some of the package's own; never the package's root.
    expect(files).not.toContain(`node_modules/@pulumi/${cloud}/index.js`);
    const common = new RegExp(`^${cloud}/((config|types)(/|$)|$)`);
    const loaded = sdk(files).filter((folder) => !common.test(folder));
    expect(loaded.filter((folder) => !used.has(folder))).toEqual([]);
    expect(loaded.length).toBeGreaterThan(5);
  });
});

/** Sub-packages that sources import: "aws/rds". */
async function imports(folder: string, sdk: string): Promise<string[]> {
  const names = (await readdir(resolve(ROOT, folder), { recursive: true })).filter((name) => name.endsWith(".ts"));
  const texts = await Promise.all(names.map((name) => readFile(resolve(ROOT, folder, name), "utf8")));
  return texts
    .flatMap((text) => [...text.matchAll(new RegExp(`from "${sdk}/([^"]+)"`, "g"))])
    .map(([, name]) => `${sdk.split("/")[1]}/${name}`);
}

describe("a configuration that is refused", () => {
  it.each([
    ["an unknown vendor", { vendor: "azure" }, /license-db:vendor\n +got +"azure"/],
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

  it.each([
    ["aws", "eu-central-1"],
    ["alicloud", "cn-hangzhou"],
  ])("registers nothing: no credentials for %s", async (vendor, region) => {
    const registered: string[] = [];
    const outputs = new Proxy({}, { get: (_, type) => registered.push(String(type)) && undefined });
    const settings = { [`${vendor}:region`]: region };
    const configuration = { vendor };
    await expect(runProgram({ stack: "prod", configuration, settings, outputs })).rejects.toThrow(/no credentials/);
    expect(registered).toEqual([]);
  });
});
