import { describe, expect, it } from "vitest";
import { CommandFailed, lastWords, onPath, run } from "../../../components/local/tools/command";
import { choosePackages, parseMissing } from "../../../components/local/tools/debian";
import { LineReporter } from "../../../components/local/tools/reporter";
import { pickAccount } from "../../../components/local/tools/runUser";
import { table } from "../../../ops/setup/table";

describe("libraries of unpacked packages", () => {
  it("are read from the words of ldd", () => {
    const ldd = "\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibcares.so.2 => not found\n\tlibssh2.so.1 => not found\n";
    expect(parseMissing(`${ldd}${ldd}`)).toEqual(["libcares.so.2", "libssh2.so.1"]);
  });

  it.each([
    ["libcares.so.2", ["libc-ares2"]],
    ["libssh2.so.1", ["libssh2-1t64"]],
    ["libevent-2.1.so.7", ["libevent-2.1-7"]],
    ["libpq.so.5", ["libpq5"]],
  ])("%s is found in its package", (soname, packages) => {
    const candidates = ["adduser", "libc6", "libc-ares2", "libevent-2.1-7", "libpq5", "libssh2-1t64", "libssl3t64"];
    expect(choosePackages([soname], candidates)).toEqual(packages);
  });

  it("come from all library packages when no name tells", () => {
    expect(choosePackages(["libodd.so"], ["adduser", "libc6", "libgcc-s1", "libx1", "liby2"])).toEqual([
      "libx1",
      "liby2",
    ]);
  });
});

describe("the servers' account", () => {
  const passwd = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\npostgres:x:101:104::/:/bin/sh\n";
  it("is the first that exists and is not root", () => {
    expect(pickAccount(passwd, ["postgres", "nobody"])).toEqual({ name: "postgres", uid: 101, gid: 104 });
    expect(pickAccount(passwd, ["daemon", "nobody"])?.name).toBe("nobody");
    expect(pickAccount(passwd, ["root", "daemon"])).toBeUndefined();
    expect(pickAccount("", ["postgres"])).toBeUndefined();
  });
});

describe("running a command", () => {
  it("gives its output, and its last words when it fails", async () => {
    expect(await run(["sh", "-c", "echo out; echo err >&2"])).toBe("out\n");
    await expect(run(["sh", "-c", "echo why >&2; exit 3"])).rejects.toThrow("exit 3: why");
    await expect(run(["/no/such/program"])).rejects.toThrow(new CommandFailed("/no/such/program: not found"));
  });

  it("picks the cause out of many last lines", () => {
    const pip = ["WARNING: Retrying after NewConnectionError: Temporary failure in name resolution: /simple/x/"];
    expect(lastWords([...pip, "ERROR: No matching distribution found for x"])).toBe(
      "temporary failure in name resolution | ERROR: No matching distribution found for x",
    );
    expect(lastWords(["building", "E: Unable to locate package etcd-server", "done"])).toBe(
      "E: Unable to locate package etcd-server",
    );
    expect(lastWords(["a", "b", "c"])).toBe("b | c");
    expect(lastWords([])).toBe("it said nothing");
  });

  it("ends a command that takes too long, with everything it started", async () => {
    const started = Date.now();
    await expect(run(["sh", "-c", "sleep 60 & sleep 60"], { timeout: 200 })).rejects.toThrow("no answer within 0.2 s");
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it("finds programs on PATH in its order, without npm's own folders", () => {
    expect(onPath("sh", "/none:/usr/bin:/bin")[0]).toBe("/usr/bin/sh");
    expect(onPath("vitest", `${__dirname}/../../../node_modules/.bin`)).toEqual([]);
  });
});

describe("the reporter", () => {
  it("says each step, its outcome and its time, and waits for all before it fails", async () => {
    const lines: string[] = [];
    const reporter = new LineReporter((line) => lines.push(line), 10);
    let finished = false;
    const slow = {
      title: "slow",
      run: async (progress: (text: string) => void) => {
        progress("half-way");
        await new Promise((done) => setTimeout(done, 60));
        finished = true;
        return 7;
      },
      outcome: (result: number) => `got ${result}`,
    };
    await expect(reporter.all([slow, { title: "bad", run: () => Promise.reject(new Error("no")) }])).rejects.toThrow(
      "no",
    );
    expect(finished).toBe(true);
    expect(lines.some((line) => /slow: got 7 \(0\.\d s\)/.test(line))).toBe(true);
    expect(lines.some((line) => line.includes("half-way"))).toBe(true);
    expect(lines.some((line) => line.includes("bad: failed"))).toBe(true);
  });
});

describe("a table", () => {
  it("aligns its columns", () => {
    expect(
      table([
        ["a", "bb", "c"],
        ["aaa", "b", "cc"],
      ]),
    ).toBe("a    bb  c\naaa  b   cc\n");
  });
});
