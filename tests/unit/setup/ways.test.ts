import { describe, expect, it } from "vitest";
import {
  ensureTool,
  findTool,
  type Miss,
  override,
  type Surroundings,
  type Tool,
  type Way,
} from "../../../components/local/tools/ways";

const at = (env: Record<string, string> = {}): Surroundings => ({
  cache: "/nowhere",
  user: { name: "somebody", uid: 1, gid: 1, drop: false },
  env,
  python: () => Promise.reject(new Error("not used")),
});

/** A way that is closed until it is obtained. */
function fake(name: string, options: { there?: boolean; obtain?: "works" | "fails" | "useless" } = {}) {
  const calls: string[] = [];
  let there = options.there ?? false;
  const way: Way = {
    name,
    title: `way ${name}`,
    async find() {
      calls.push("find");
      return there ? { version: "1.2.3", path: `/${name}` } : { reason: `${name} is not there` };
    },
    ...(options.obtain && {
      async obtain() {
        calls.push("obtain");
        if (options.obtain === "fails") {
          throw new Error(`${name} cannot be downloaded`);
        }
        there = options.obtain === "works";
      },
    }),
  };
  return { way, calls };
}

const tool = (...ways: Way[]): Tool => ({ name: "thing", ways, advice: "install it." });

describe("having a tool", () => {
  it("takes the first way that is open and leaves the later ones alone", async () => {
    const [first, second] = [fake("first", { there: true }), fake("second", { obtain: "works" })];
    const found = await ensureTool(tool(first.way, second.way), at());
    expect(found).toMatchObject({ name: "thing", path: "/first", source: "way first", version: "1.2.3", failed: [] });
    expect(second.calls).toEqual([]);
  });

  it("fetches by a better way before it takes a worse one that is open", async () => {
    const found = await ensureTool(
      tool(fake("better", { obtain: "works" }).way, fake("worse", { there: true }).way),
      at(),
    );
    expect(found.path).toBe("/better");
  });

  it("goes on to the next way when one fails, and keeps why", async () => {
    const found = await ensureTool(tool(fake("a", { obtain: "fails" }).way, fake("b", { obtain: "works" }).way), at());
    expect(found.path).toBe("/b");
    expect(found.failed).toEqual([{ way: "way a", reason: "a cannot be downloaded" }]);
  });

  it("names every way with its reason, in order, and what to do, when none leads to it", async () => {
    const ways = [fake("a"), fake("b", { obtain: "fails" }), fake("c", { obtain: "useless" })].map(({ way }) => way);
    await expect(ensureTool(tool(...ways), at())).rejects.toThrow(
      [
        "thing cannot be had. Tried:",
        "  1. way a: a is not there",
        "  2. way b: b cannot be downloaded",
        "  3. way c: c is not there",
        "What you can do: install it.",
      ].join("\n"),
    );
  });

  it("looks without fetching for the doctor, and says what would be tried", async () => {
    const closed = fake("a", { obtain: "works" });
    expect(await findTool(tool(closed.way), at())).toEqual({
      name: "thing",
      tried: [{ way: "way a", reason: "a is not there" }],
      obtainable: "way a",
    });
    expect(closed.calls).toEqual(["find"]);
  });

  it("tries one way alone where its variable says so, and refuses a name it does not know", async () => {
    const better = fake("better", { there: true });
    const both = tool(better.way, fake("worse", { there: true }).way);
    expect((await ensureTool(both, at({ LICENSE_DB_THING_WAY: "worse" }))).path).toBe("/worse");
    expect(better.calls).toEqual([]);
    await expect(ensureTool(both, at({ LICENSE_DB_THING_WAY: "wurst" }))).rejects.toThrow(
      'LICENSE_DB_THING_WAY is "wurst": allowed are better, worse.',
    );
  });

  it("takes nothing else when an override does not work", async () => {
    const check = async (path: string) => (path === "/good" ? { version: "1.0", path } : ({ reason: "bad" } as Miss));
    const overridden = tool(override("LICENSE_DB_THING", check), fake("other", { there: true }).way);
    expect((await ensureTool(overridden, at({ LICENSE_DB_THING: "/good" }))).path).toBe("/good");
    expect((await ensureTool(overridden, at())).path).toBe("/other");
    await expect(ensureTool(overridden, at({ LICENSE_DB_THING: "/x" }))).rejects.toThrow('LICENSE_DB_THING: "/x": bad');
  });
});
