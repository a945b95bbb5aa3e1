import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly steps: readonly { readonly name?: string; readonly run?: string; readonly uses?: string }[];
      }
    >
  >;
}
const folderOf = resolve(__dirname, "../../../.github/workflows");
const workflow = (name: string) => parse(readFileSync(join(folderOf, name), "utf8")) as Workflow;
const policy = workflow("policy.yml");

/** Stands in for GitHub's command line: writes down how it is called, with the comment's text, and knows these comments. */
const GH = `#!/bin/sh
for argument in "$@"; do
  case "$argument" in
    body=@*) cat "\${argument#body=@}" > body ;;
  esac
done
echo "$*" >> calls
[ "$GH_TOKEN" = of-the-run ] || exit 4
case "$*" in
  *--paginate*) [ -f broken ] && exit 1; cat comments ;;
esac
`;

describe("the comment on a pull request", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "license-db-workflow-"));
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin/gh"), GH, { mode: 0o755 });
    writeFileSync(join(folder, "comments"), "");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** As GitHub runs a step. */
  function comment(): { calls: readonly string[]; body: string } {
    const script = policy.jobs.comment?.steps.find(({ name }) => name === "Comment")?.run;
    if (script === undefined) throw new Error("policy.yml has no step Comment any more");
    writeFileSync(join(folder, "step.sh"), script);
    const env = {
      PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`,
      GH_TOKEN: "of-the-run",
      REPOSITORY: "owner/name",
      NUMBER: "7",
      RUN: "https://github.com/owner/name/actions/runs/1",
    };
    execFileSync("bash", ["--noprofile", "--norc", "-e", "step.sh"], { cwd: folder, env, stdio: "pipe" });
    const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");
    return { calls: read("calls").trim().split("\n"), body: read("body") };
  }

  it("is made, with the result", () => {
    writeFileSync(join(folder, "policy.md"), '### Policies: $HOME `all` "stacks" pass\n');
    const { calls, body } = comment();
    expect(body).toBe('<!-- license-db policy -->\n### Policies: $HOME `all` "stacks" pass\n');
    expect(calls).toHaveLength(2);
    expect(calls[1]).toBe("api --method POST repos/owner/name/issues/7/comments --field body=@comment.md --silent");
  });

  it("is rewritten, the first one where there are several", () => {
    writeFileSync(join(folder, "policy.md"), "again\n");
    writeFileSync(join(folder, "comments"), "11\n12\n");
    const { calls } = comment();
    expect(calls[1]).toBe("api --method PATCH repos/owner/name/issues/comments/11 --field body=@comment.md --silent");
  });

  it("says that there is no result, rather than leave an older one standing", () => {
    writeFileSync(join(folder, "comments"), "11\n");
    const { calls, body } = comment();
    expect(body).toMatch(/not judged.*https:\/\/github\.com\/owner\/name\/actions\/runs\/1/);
    expect(calls[1]).toMatch(/PATCH/);
  });

  it("fails where GitHub does not say which comments there are, rather than make a second one", () => {
    writeFileSync(join(folder, "policy.md"), "x\n");
    writeFileSync(join(folder, "broken"), "");
    expect(() => comment()).toThrow();
    expect(readFileSync(join(folder, "calls"), "utf8").trim().split("\n")).toHaveLength(1);
  });
});

describe("the workflows", () => {
  it("run what is written down to the byte: no tag that somebody else can move", () => {
    const used = readdirSync(folderOf).flatMap((name) =>
      Object.values(workflow(name).jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? [])),
    );
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((one) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(one))).toEqual([]);
  });

  it("let no job both run the change's own code and write", () => {
    const writing = Object.values(policy.jobs).filter(({ permissions = {} }) =>
      Object.values(permissions).includes("write"),
    );
    expect(writing).toHaveLength(1);
    for (const { steps } of writing) {
      expect(steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout"))).toEqual([]);
    }
  });
});
