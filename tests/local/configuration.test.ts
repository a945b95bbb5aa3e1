import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderHaproxy } from "../../components/local/provider/config/haproxy";
import { renderPgbackrest } from "../../components/local/provider/config/pgbackrest";
import { renderProgram, renderSupervisord } from "../../components/local/provider/config/supervisord";
import { portBlock } from "../../components/local/provider/host/ports";
import { newAuthority } from "../../components/local/provider/host/tls";
import { certificatePaths, memberNames, PLAIN_PATH, type Place, paths } from "../../components/local/provider/place";
import { ensureLocalTools, type LocalTools } from "../../components/local/tools";
import { run } from "../../components/local/tools/command";

// The programs themselves read what tests/unit/local/configuration.test.ts reads by their manuals.

const members = memberNames(3);
let tools: LocalTools;
let home: string;
let place: Place;

beforeAll(async () => {
  tools = await ensureLocalTools();
  home = mkdtempSync(join(tmpdir(), "license-db-"));
  const folder = join(home, "a@b:c+d=e~f-é_日.g");
  expect(folder).toMatch(PLAIN_PATH);
  const ports = portBlock(150, undefined, undefined);
  place = { folder, backupFolder: join(folder, "backups"), clusterId: "0123abcd", name: "license-db-test", ports };
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const write = (path: string, text: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};

describe("a configuration in a folder of an odd name", () => {
  it("is good for HAProxy, which warns of nothing", async () => {
    write(certificatePaths(place.folder, "server").ca, (await newAuthority("test", 1)).cert);
    const config = (text: string) => run([tools.haproxy, "-c", "-f", write(paths(place.folder).haproxyConfig, text)]);
    const good = renderHaproxy(place, {
      members,
      listen: ["127.0.0.1"],
      cidrs: ["10.0.0.0/8", "fd00::/32"],
      clientConnections: 1_000,
    });
    expect(await config(good)).not.toMatch(/warning|alert/i);
    await expect(config(good.replace("balance leastconn", "balance lestconn"))).rejects.toThrow(/Error\(s\) found/);
  });

  it("reaches pgBackRest as it was written", async () => {
    const cipherPass = "a;b#c%d$e'f\"g\\h";
    const target = (name: string) => ({ type: "posix" as const, path: join(place.backupFolder, name) });
    const options = {
      members,
      retention: 15,
      archiveRetention: 365,
      daily: target("daily"),
      archive: target("archive"),
      cipherPass,
    };
    const config = write(paths(place.folder).pgbackrestConfig, renderPgbackrest(place, options));
    for (const name of ["daily", "archive"]) mkdirSync(target(name).path, { recursive: true });
    mkdirSync(paths(place.folder).log, { recursive: true });
    // With an unknown option it would warn; with a wrong path it would not find the repository's folder.
    const said = await run([tools.pgbackrest, `--config=${config}`, `--stanza=${place.name}`, "--output=json", "info"]);
    expect(said).not.toMatch(/WARN/);
    const [stanza] = JSON.parse(said) as { name: string; cipher?: string; repo: { cipher: string }[] }[];
    expect(stanza?.name).toBe(place.name);
    expect(stanza?.repo.map(({ cipher }) => cipher)).toEqual(["aes-256-cbc", "aes-256-cbc"]);
  });

  it("makes supervisord start exactly the programs, arguments and environments it is given", async () => {
    const argument = fc.string({ unit: fc.constantFrom(..."aZ0-_./=:,@+~ %\"'\\é日"), minLength: 1, maxLength: 20 });
    const unquoted = argument.map((text) => text.replaceAll(/["']/g, ""));
    const asked = fc.sample(
      fc.record({
        command: fc.array(argument, { minLength: 1, maxLength: 6 }),
        environment: fc.dictionary(fc.stringMatching(/^[A-Z]{1,8}$/), unquoted, { maxKeys: 4, noNullPrototype: true }),
      }),
      200,
    );
    const { supervisorConfig, programs, log, supervisor } = paths(place.folder);
    const environment = { LANG: "C.UTF-8", ODD: "a b%c,d;e\\f" };
    mkdirSync(log, { recursive: true });
    write(supervisorConfig, renderSupervisord({ folder: supervisor, log, programs, environment }));
    for (const [index, program] of asked.entries()) {
      const name = `program-${index}`;
      write(join(programs, `${name}.conf`), renderProgram({ name, ...program, priority: 1, stopWait: 90 }, log));
    }
    const script = `
import json, shlex, sys
from supervisor.options import ServerOptions
options = ServerOptions()
options.realize(["-c", sys.argv[1]])
programs = [p for group in options.process_group_configs for p in group.process_configs]
print(json.dumps([options.configroot.supervisord.environment, {p.name: [shlex.split(p.command), p.environment, p.stdout_logfile] for p in programs}]))
`;
    const said = await run([tools.python, "-c", script, supervisorConfig]);
    const [own, read] = JSON.parse(said.slice(said.indexOf("["))) as [
      object,
      Record<string, [string[], object, string]>,
    ];
    expect(own).toEqual(environment);
    expect(Object.keys(read)).toHaveLength(asked.length);
    for (const [index, program] of asked.entries()) {
      const name = `program-${index}`;
      expect(read[name]).toEqual([
        program.command,
        { ...environment, ...program.environment },
        join(log, `${name}.log`),
      ]);
    }
  });
});
