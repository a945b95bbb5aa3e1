import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { commands } from "../../../../ops/cli/commands";
import { complete } from "../../../../ops/completion/complete";

const PROGRAM = resolve(__dirname, "../../../../ops/cli/license-db.mjs");
const call = (...args: string[]) => spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8" });

afterEach(() => {
  vi.restoreAllMocks();
});

/** What the shell would offer after these words, by name. */
async function offered(...words: string[]): Promise<string[]> {
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  print.mockClear();
  await complete(words);
  const lines = print.mock.calls.map(([line]) => String(line));
  // The last line tells the shell what to do besides; each other is a name and, after a tab, what it is.
  expect(lines.pop()).toMatch(/^:\d+$/);
  for (const line of lines) expect(line).toMatch(/^[\w-]+\t[^\t\n]*$/);
  return lines.map((line) => line.split("\t")[0] ?? "");
}

describe("completion", () => {
  it("offers every command, and what belongs to each", async () => {
    expect((await offered("")).sort()).toEqual([...Object.keys(commands), "help"].sort());
    expect(await offered("dri")).toEqual(["drill"]);
    expect(await offered("drill", "f")).toEqual(["failover"]);
    expect(await offered("drill", "failover", "--con")).toEqual(["--confirm"]);
    expect((await offered("completion", "")).sort()).toEqual(["bash", "fish", "zsh"]);
  });

  it("prints a script by which a real bash offers what the program says, wherever it is", () => {
    const { stdout: script, status } = call("completion", "bash");
    expect(status).toBe(0);
    expect(script).toContain(`'${process.execPath}' '${PROGRAM}' complete --`);
    const shell = `
      _get_comp_words_by_ref() { cur=dri; prev=license-db; words=(license-db dri); cword=1; }
      compopt() { :; }
      ${script}
      COMP_WORDS=(license-db dri) COMP_CWORD=1
      __license_db_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", shell], { encoding: "utf8", cwd: "/" });
    expect(stdout, stderr).toMatch(/^drill/m);
  });

  it("knows no other shell", () => {
    const { status, stderr } = call("completion", "tcsh");
    expect(status).toBe(2);
    expect(stderr).toMatch(/Allowed choices are bash, zsh, fish/);
  });
});
