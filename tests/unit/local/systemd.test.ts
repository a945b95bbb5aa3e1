import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderUnit } from "../../../components/local/provider/config/systemd";
import { parseIni, pgbouncer, systemdWords } from "./support/parsers";
import { clusterName, folder } from "./support/places";

const program = fc.string({ unit: fc.constantFrom(..."aZ0-_. %\"'\\é"), minLength: 1, maxLength: 12 });
const path = program.map((name) => `/opt/${name}x`);

describe("the systemd unit", () => {
  it("starts and stops the supervisor with the cluster's configuration, and never takes PostgreSQL down with it", () => {
    fc.assert(
      fc.property(clusterName, path, path, folder, fc.boolean(), (name, supervisord, supervisorctl, at, system) => {
        const [config, pidFile] = [`${at}/supervisord.conf`, `${at}/supervisord.pid`];
        const user = system ? { user: "postgres" } : {};
        const unit = parseIni(renderUnit({ name, ...user, supervisord, supervisorctl, config, pidFile }), pgbouncer);
        expect(systemdWords(unit.Service?.ExecStart ?? "")).toEqual([supervisord, "-c", config]);
        expect(systemdWords(unit.Service?.ExecStop ?? "")).toEqual([supervisorctl, "-c", config, "shutdown"]);
        expect(unit.Service).toMatchObject({ Type: "forking", PIDFile: pidFile, KillMode: "process" });
        expect(unit.Service?.User).toBe(system ? "postgres" : undefined);
        expect(unit.Install?.WantedBy).toBe(system ? "multi-user.target" : "default.target");
      }),
    );
  });

  const missing = spawnSync("systemd-analyze", ["--version"]).error !== undefined;
  it.skipIf(missing)("is one that systemd itself finds nothing wrong with", () => {
    const home = mkdtempSync(join(tmpdir(), "license-db-unit-"));
    try {
      const at = { config: join(home, "supervisord.conf"), pidFile: "/run/license-db/supervisord.pid" };
      const tools = { supervisord: process.execPath, supervisorctl: process.execPath };
      const file = join(home, "license-db-test.service");
      const verify = (text: string) => {
        writeFileSync(file, text);
        const { stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
        // It complains of the machine's other units, too, and exits with 0 all the same.
        return `${stdout}${stderr}`.split("\n").filter((line) => line.includes("license-db-test"));
      };
      const text = renderUnit({ name: "license-db-test", user: userInfo().username, ...tools, ...at });
      expect(verify(text)).toEqual([]);
      expect(verify(text.replace("KillMode=", "KilMode="))).not.toEqual([]);
      expect(verify(text.replace("Type=forking", "Type=fork"))).not.toEqual([]);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
