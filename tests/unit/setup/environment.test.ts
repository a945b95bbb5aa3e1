import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheFolder, stateFolder } from "../../../components/local/tools/folders";
import { exportLines, prepareState, pulumiEnvironment } from "../../../ops/setup/environment";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "env-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the exports", () => {
  it("reach the shell as they are, whatever is in them", { timeout: 60_000 }, () => {
    const value = fc.string({ unit: "binary", maxLength: 30 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(value, value, (text, path) => {
        const lines = exportLines({ path: [path], variables: { SOME_NAME: text } });
        const said = execFileSync("/bin/sh", ["-c", 'eval "$1"; printf "%s|%s" "$SOME_NAME" "$PATH"', "sh", lines], {
          env: { PATH: "/old" },
        });
        expect(said).toEqual(Buffer.from(`${text}|${path}:/old`));
      }),
      { numRuns: 50, examples: [['it\'s $HOME `id` \\ "x"\n', "/a b'c"]] },
    );
  });

  it("leave PATH alone when the engine is on it", () => {
    expect(exportLines({ path: [], variables: { A: "1" } })).toBe("export A='1'\n");
  });
});

describe("the engine's environment", () => {
  const of = (env: Record<string, string>, credentials?: string) => pulumiEnvironment(env, "/state", [], credentials);

  it("keeps state and passphrase in the state folder", () => {
    const { variables, backend } = of({});
    expect(backend).toBe("/state/pulumi");
    expect(variables).toMatchObject({
      PULUMI_BACKEND_URL: "file:///state/pulumi",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/state/passphrase",
    });
  });

  it.each([
    ["a backend is set", { PULUMI_BACKEND_URL: "s3://state" }, undefined],
    ["an access token is set", { PULUMI_ACCESS_TOKEN: "pul-x" }, undefined],
    ["somebody is logged in", {}, '{"current":"https://api.example.com"}'],
  ])("leaves backend and passphrase to the user when %s", (_, env, credentials) => {
    const { variables, backend } = of(env as Record<string, string>, credentials);
    expect(backend).toBeUndefined();
    expect(Object.keys(variables)).not.toContain("PULUMI_BACKEND_URL");
    expect(Object.keys(variables)).not.toContain("PULUMI_CONFIG_PASSPHRASE_FILE");
  });

  it.each(["", "{}", '{"current":""}', "not json", "null"])("is not fooled by credentials of %j", (credentials) => {
    expect(of({}, credentials).backend).toBe("/state/pulumi");
  });

  it("stays the same in a shell that has evaluated its exports", () => {
    const { variables } = of({});
    const { PULUMI_CONFIG_PASSPHRASE_FILE: _file, ...rest } = variables;
    expect(of({ ...variables })).toMatchObject({ backend: "/state/pulumi", variables: rest });
  });

  it("has Node keep what it compiled, in our cache or the user's", () => {
    expect(of({ LICENSE_DB_CACHE: "/cache" }).variables.NODE_COMPILE_CACHE).toBe("/cache/node");
    expect(of({ NODE_COMPILE_CACHE: "/mine" }).variables.NODE_COMPILE_CACHE).toBe("/mine");
  });

  it.each(["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])("keeps the user's %s, even empty", (name) => {
    expect(of({ [name]: "" }).variables.PULUMI_CONFIG_PASSPHRASE_FILE).toBeUndefined();
  });
});

describe("the state folder", () => {
  const prepare = () => {
    const environment = pulumiEnvironment({}, join(folder, "state"), [], undefined);
    prepareState(environment, join(folder, "state"));
    return join(folder, "state/passphrase");
  };

  it("gets a passphrase once, which only its owner reads", () => {
    const file = prepare();
    const first = readFileSync(file, "utf8");
    expect(first.trim().length).toBeGreaterThanOrEqual(40);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "state/pulumi")).mode & 0o777).toBe(0o700);
    prepare();
    expect(readFileSync(file, "utf8")).toBe(first);
  });

  it("refuses a new passphrase over stacks that another one encrypts", () => {
    const file = prepare();
    const stacks = join(folder, "state/pulumi/.pulumi/stacks/license-db");
    mkdirSync(stacks, { recursive: true });
    writeFileSync(join(stacks, "local.json"), "{}");
    rmSync(file);
    expect(prepare).toThrow(/passphrase file .* is gone/);
  });
});

describe("the folders", () => {
  it("are the system's for root, the XDG ones for a user, and the user's choice before both", () => {
    expect([cacheFolder({}, true), stateFolder({}, true)]).toEqual(["/var/cache/license-db", "/var/lib/license-db"]);
    expect([cacheFolder({ HOME: "/h" }, false), stateFolder({ HOME: "/h" }, false)]).toEqual([
      "/h/.cache/license-db",
      "/h/.local/state/license-db",
    ]);
    expect(cacheFolder({ HOME: "/h", XDG_CACHE_HOME: "/x" }, false)).toBe("/x/license-db");
    expect(cacheFolder({ HOME: "/h", XDG_CACHE_HOME: "relative" }, false)).toBe("/h/.cache/license-db");
    expect(stateFolder({ LICENSE_DB_STATE: "/s" }, true)).toBe("/s");
    expect(() => stateFolder({ LICENSE_DB_STATE: "s" }, true)).toThrow("absolute");
  });
});
