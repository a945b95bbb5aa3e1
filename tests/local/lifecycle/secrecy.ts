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
      const { backupFolder } = await stack.place();
      const folders = [stack.folder, backupFolder, stack.state, stack.scratch];
      for (const form of [password, Buffer.from(password).toString("base64").replace(/=+$/, "").slice(0, -1)]) {
        expect(filesWith(form, folders)).toEqual([]);
      }
      // The search finds what is there.
      expect(filesWith(username, folders)).toContain(paths(stack.folder).poolerHba);
      expect(filesWith("license_management", folders)).toContain(stack.stateFile);
    });

    it("the backups' key stands in pgBackRest's own configuration alone", async () => {
      const stack = shared();
      const { pgbackrestConfig } = paths(stack.folder);
      const key = /^repo1-cipher-pass=(.+)$/m.exec(readFileSync(pgbackrestConfig, "utf8"))?.[1] ?? "";
      expect(key.length).toBeGreaterThanOrEqual(32);
      expect(filesWith(key, [stack.folder, stack.state])).toEqual([pgbackrestConfig]);
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

/** The files in these folders, however deep, that hold the text. */
function filesWith(text: string, folders: readonly string[]): string[] {
  const found: string[] = [];
  const look = (path: string): void => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
    else if (stat?.isFile() && contains(path, text)) found.push(path);
  };
  for (const folder of folders) look(folder);
  return [...new Set(found)];
}

function contains(path: string, text: string): boolean {
  try {
    return readFileSync(path).includes(text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false; // a live cluster's files come and go
    throw error;
  }
}
