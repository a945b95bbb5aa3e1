import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterProcesses } from "../../../components/local/provider/host/supervisor";
import { CLIENT_CERTIFICATES, certificatePaths, paths } from "../../../components/local/provider/place";
import type { Shared } from "./shared";

/** Where secrets may not stand; asked at the end of a life, when all has been written that ever is. */
export function secrecy(shared: Shared): void {
  describe("secrets", () => {
    it("the password stands in no file: no log, no configuration, no data, no state", async () => {
      const stack = shared();
      const { password, username } = await stack.outputs();
      const folders = [stack.folder, stack.state, stack.scratch]; // the backups are in the state's folder
      const encoded = Buffer.from(password).toString("base64").replace(/=+$/, "").slice(0, -1);
      const found = search([password, encoded, username], folders);
      expect(found.get(password)).toEqual([]);
      expect(found.get(encoded)).toEqual([]);
      // The search finds what is there.
      expect(found.get(username)).toEqual(expect.arrayContaining([paths(stack.folder).poolerHba, stack.stateFile]));
    });

    it("the backups' key stands in pgBackRest's own configuration alone", async () => {
      const stack = shared();
      const { pgbackrestConfig } = paths(stack.folder);
      const key = /^repo1-cipher-pass=(.+)$/m.exec(readFileSync(pgbackrestConfig, "utf8"))?.[1] ?? "";
      expect(key.length).toBeGreaterThanOrEqual(32);
      expect(search([key], [stack.folder, stack.state]).get(key)).toEqual([pgbackrestConfig]);
      expect(lstatSync(pgbackrestConfig).mode & 0o777).toBe(0o600);
    });

    it("no process was given a secret on its command line or in its environment", async () => {
      const stack = shared();
      const { password } = await stack.outputs();
      const place = await stack.place();
      const key =
        /^repo1-cipher-pass=(.+)$/m.exec(readFileSync(paths(stack.folder).pgbackrestConfig, "utf8"))?.[1] ?? "";
      const processes = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
      const told = (pid: string | number) => `${proc(pid, "cmdline")}${proc(pid, "environ")}`;
      const telling = processes.filter((pid) => told(pid).includes(password) || told(pid).includes(key));
      expect(telling).toEqual([]);
      // The processes were there to look at.
      const own = await clusterProcesses(place);
      expect(own.length).toBeGreaterThan(10);
      expect(own.filter(({ pid }) => told(pid).includes(stack.folder)).length).toBeGreaterThan(10);
    });

    it("keys and data are for the database's user alone", async () => {
      const { folder } = shared();
      const mode = (path: string) => (lstatSync(path).mode & 0o777).toString(8);
      expect(mode(folder)).toBe("700");
      for (const name of ["server", ...CLIENT_CERTIFICATES] as const) {
        expect([name, mode(certificatePaths(folder, name).key)]).toEqual([name, "600"]);
      }
      expect(mode(join(paths(folder).tls, "ca.key"))).toBe("600");
      for (const member of ["member-1", "member-2", "member-3"])
        expect(mode(paths(folder).member(member).data)).toBe("700");
    });
  });
}

function proc(pid: string | number, file: "cmdline" | "environ"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it ended, or is not ours to look into
  }
}

/** For each text the files in these folders, however deep, that hold it. */
function search(texts: readonly string[], folders: readonly string[]): Map<string, string[]> {
  const found = new Map(texts.map((text) => [text, [] as string[]]));
  const look = (path: string): void => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
    if (!stat?.isFile()) return;
    const content = contentOf(path);
    for (const [text, files] of found) if (content.includes(text)) files.push(path);
  };
  for (const folder of folders) look(folder);
  return found;
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0); // a live cluster's files come and go
    throw error;
  }
}
