import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type MonitoringProgram, monitoringTool, requireSum } from "../../../components/local/tools/monitoringWays";
import { ensureTool, findTool, type Surroundings } from "../../../components/local/tools/ways";

const program: MonitoringProgram = {
  name: "watcher",
  least: "1.2.0",
  companion: "watchtool",
  debian: { package: "watcher", executable: "distro-watcher" },
  official: { owner: "somebody", version: "1.2.3" },
};

describe("the monitoring's programs", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "monitoring-tools-"));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const at = (env: Record<string, string>): Surroundings => ({
    cache: join(home, "cache"),
    user: { name: "somebody", uid: 1, gid: 1, drop: false },
    env: { PATH: "/usr/bin:/bin", ...env },
    python: () => Promise.reject(new Error("not used")),
  });

  function executable(path: string, says: string, stream = 1): void {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho '${says}' >&${stream}\n`);
    chmodSync(path, 0o755);
  }

  const tool = monitoringTool(program);

  it("are found on PATH by either name, with what must lie beside them, whichever way they say their version", async () => {
    executable(join(home, "bin/distro-watcher"), "watcher, version 1.2.0 (branch: HEAD)", 2);
    executable(join(home, "bin/watchtool"), "unused");
    const found = await findTool(tool, at({ PATH: `${join(home, "bin")}:/usr/bin:/bin` }));
    expect(found).toMatchObject({
      version: "1.2.0",
      path: join(home, "bin/distro-watcher"),
      more: { watchtool: join(home, "bin/watchtool") },
    });
  });

  it.each([
    ["are too old", "watcher, version 1.1.9", true, /version 1\.1\.9: 1\.2\.0 or newer is needed/],
    ["lack their companion", "watcher, version 1.2.3", false, /has no watchtool beside it/],
  ])("are passed over when they %s", async (_why, says, companion, reason) => {
    executable(join(home, "bin/watcher"), says);
    if (companion) executable(join(home, "bin/watchtool"), "unused");
    const found = await findTool(tool, at({ PATH: `${join(home, "bin")}:/usr/bin:/bin` }));
    expect(found).toMatchObject({
      tried: expect.arrayContaining([{ way: "on PATH", reason: expect.stringMatching(reason) }]),
    });
  });

  it("come from the project's own release, held against its list of sums", async () => {
    const releases = await Releases.serve(home);
    const env = { LICENSE_DB_WATCHER_WAY: "official", LICENSE_DB_RELEASES: releases.url };
    try {
      releases.broken = true;
      await expect(ensureTool(tool, at(env))).rejects.toThrow(
        /has the SHA-256 sum [0-9a-f]{64}; its release lists 0{64}/,
      );
      expect(existsSync(join(home, "cache/watcher-1.2.3-official"))).toBe(false);
      releases.broken = false;
      const found = await ensureTool(tool, at(env));
      expect(found).toMatchObject({ version: "1.2.3", source: "the project's own release (1.2.3)" });
      expect(releases.asked).toContain(`/somebody/watcher/releases/download/v1.2.3/${Releases.stem}.tar.gz`);
    } finally {
      releases.close();
    }
  });

  it("name the file that a sum is missing for", () => {
    expect(() => requireSum("a.tar.gz", Buffer.from("x"), "abc  b.tar.gz\n")).toThrow(/a\.tar\.gz .* lists none/);
  });
});

/** A release of the program, as its project's site has it. */
class Releases {
  static readonly stem = `watcher-1.2.3.linux-${process.arch === "arm64" ? "arm64" : "amd64"}`;
  broken = false;
  readonly asked: string[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async serve(home: string): Promise<Releases> {
    const folder = join(home, "release", Releases.stem);
    mkdirSync(folder, { recursive: true });
    for (const name of ["watcher", "watchtool"]) {
      writeFileSync(join(folder, name), "#!/bin/sh\necho watcher, version 1.2.3\n");
      chmodSync(join(folder, name), 0o755);
    }
    const tar = join(home, "release.tar.gz");
    execFileSync("tar", ["-czf", tar, "-C", join(home, "release"), Releases.stem]);
    const archive = readFileSync(tar);
    const sum = createHash("sha256").update(archive).digest("hex");
    const server = createServer((request, response) => {
      releases.asked.push(request.url ?? "");
      if (request.url?.endsWith(".tar.gz")) response.end(archive);
      else response.end(`${releases.broken ? "0".repeat(64) : sum}  ${Releases.stem}.tar.gz\n`);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const releases = new Releases(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return releases;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
