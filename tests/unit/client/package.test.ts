import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildClient } from "../../../ops/package/client";
import { ROOT } from "../../../ops/setup/session";

const USE = `
const said = (() => { try { fromEnvironment({}); } catch (error) { return error; } })();
console.log(said instanceof OptionsError, said.problems.length, typeof LicenseDb.prototype.transaction);`;

// As an application has it, which knows neither tsx nor this project.
describe("the client as a package", () => {
  let application: string;
  const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: application, encoding: "utf8" });

  beforeAll(() => {
    application = mkdtempSync(join(tmpdir(), "license-db-application-"));
    const modules = join(application, "node_modules");
    mkdirSync(modules);
    buildClient(join(modules, "license-db"));
    // What npm would install with it.
    for (const name of ["pg", "@types"]) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  });
  afterAll(() => rmSync(application, { recursive: true, force: true }));

  it("is loaded by an ES module and by CommonJS", () => {
    writeFileSync(
      join(application, "module.mjs"),
      `import { fromEnvironment, LicenseDb, OptionsError } from "license-db";${USE}`,
    );
    writeFileSync(
      join(application, "script.cjs"),
      `const { fromEnvironment, LicenseDb, OptionsError } = require("license-db");${USE}`,
    );
    for (const file of ["module.mjs", "script.cjs"]) {
      const { stdout, stderr } = node(file);
      expect([file, stdout, stderr]).toEqual([file, "true 3 function\n", ""]);
    }
  });

  it("brings its types: what is right compiles, what is wrong does not", () => {
    writeFileSync(
      join(application, "right.ts"),
      `import { fromEnvironment, LicenseDb, type Position } from "license-db";
      export async function owners(db = new LicenseDb({ ...fromEnvironment(), maxLag: 500 })): Promise<string[]> {
        const after: Position = await db.position();
        const { rows } = await db.read<{ owner: string }>("select owner from licenses", [], { after });
        return db.transaction(async (transaction) => {
          await transaction.query("select 1");
          return rows.map(({ owner }) => owner);
        }, { isolation: "serializable" });
      }`,
    );
    writeFileSync(
      join(application, "wrong.ts"),
      `import { LicenseDb } from "license-db";
      export const db = new LicenseDb({ writer: { host: "x" } });`,
    );
    const { stdout } = node(
      join(ROOT, "node_modules/typescript/bin/tsc"),
      ...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "--target", "es2022"],
      ...["--module", "nodenext", "--types", "node", "right.ts", "wrong.ts"],
    );
    expect(stdout).toMatch(/^wrong\.ts\(2,\d+\): error TS2741/);
    expect(stdout).not.toContain("right.ts");
  });

  it("depends on node pg and on nothing of Pulumi's, and runs nothing when it is installed", () => {
    const manifest = JSON.parse(readFileSync(join(application, "node_modules/license-db/package.json"), "utf8"));
    expect(Object.keys(manifest.dependencies)).toEqual(["pg", "@types/pg"]);
    expect(manifest.peerDependenciesMeta).toEqual({
      "@aws-sdk/client-secrets-manager": { optional: true },
      "@aws-sdk/rds-signer": { optional: true },
    });
    expect(manifest).not.toHaveProperty("scripts");
  });
});
