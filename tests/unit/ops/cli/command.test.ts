import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { commands } from "../../../../ops/cli/commands";
import { confirm } from "../../../../ops/cli/confirm";
import { EXIT } from "../../../../ops/cli/exit";
import { table } from "../../../../ops/cli/out";

const PROGRAM = resolve(__dirname, "../../../../ops/cli/license-db.mjs");

function call(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

/** A command and those below it. */
const family = (command: Command): Command[] => [command, ...command.commands.flatMap(family)];

describe("the operator's command line", () => {
  it("lists its commands and ends well when help is asked for", () => {
    const { status, stdout } = call("--help");
    expect(status).toBe(EXIT.ok);
    for (const name of Object.keys(commands)) expect(stdout).toContain(`\n  ${name}`);
  });

  it.each([
    { args: [], says: /Usage/ },
    { args: ["statsu"], says: /Did you mean status/ },
    { args: ["status", "--jsn"], says: /unknown option '--jsn'/ },
    { args: ["status", "--stack"], says: /argument missing/ },
  ])("ends with 2 on $args, before anything is begun", ({ args, says }) => {
    const { status, stdout, stderr } = call(...args);
    expect({ status, stdout }).toEqual({ status: EXIT.usage, stdout: "" });
    expect(stderr).toMatch(says);
  });

  it.each(Object.keys(commands))("%s: every command of it has help with examples of itself", async (name) => {
    const entry = commands[name];
    const found = family((await entry?.load())?.command() as Command);
    expect(found[0]?.name()).toBe(name);
    expect(found[0]?.summary()).toBe(entry?.summary);
    for (const command of found.filter(({ commands: inner }) => inner.length === 0)) {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toContain(`npx license-db ${name}`);
      expect(command.summary()).not.toBe("");
    }
  });
});

describe("confirmation", () => {
  it("is given by the stack's own name", () => expect(confirm("prod", ["x"], "prod")).resolves.toBeUndefined());

  it.each(["", "dev", "Prod"])("is not given by %j", (given) =>
    expect(confirm("prod", ["the data of today goes"], given)).rejects.toMatchObject({
      exitCode: EXIT.unconfirmed,
      message: expect.stringContaining("the data of today goes"),
    }),
  );
});

describe("a table", () => {
  it("gives each column its widest cell, and no blanks at the end", () =>
    expect(
      table([
        ["a", "long", ""],
        ["wide", "b", "c"],
      ]),
    ).toBe("a     long\nwide  b     c"));
});
