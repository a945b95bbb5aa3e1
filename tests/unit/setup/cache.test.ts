import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildFolder } from "../../../components/local/tools/build";
import { readManifest, writeManifest } from "../../../components/local/tools/manifest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cache-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the manifest", () => {
  const setUp = () => {
    const tool = join(folder, "tool");
    writeFileSync(tool, "1");
    const file = join(folder, "manifest.json");
    writeManifest(file, "key", { path: tool }, [tool]);
    return { tool, file };
  };

  it("gives back what was found while nothing has changed", () => {
    const { tool, file } = setUp();
    expect(readManifest(file, "key")).toEqual({ path: tool });
  });

  it.each<[string, (tool: string, file: string) => void]>([
    ["the tool is gone", (tool) => rmSync(tool)],
    ["the tool has another size", (tool) => writeFileSync(tool, "22")],
    ["the tool was replaced by one of the same size", (tool) => utimesSync(tool, 1, 1)],
    ["the manifest is broken", (_, file) => writeFileSync(file, '{"key":')],
    ["the manifest is of another kind", (_, file) => writeFileSync(file, "[]")],
    ["the manifest is gone", (_, file) => rmSync(file)],
  ])("is worth nothing when %s", (_, change) => {
    const { tool, file } = setUp();
    change(tool, file);
    expect(readManifest(file, "key")).toBeUndefined();
  });

  it("is worth nothing for another key", () => {
    expect(readManifest(setUp().file, "another")).toBeUndefined();
  });
});

describe("building a folder", () => {
  const write = (text: string) => async (made: string) => writeFileSync(join(made, "file"), text);

  it("makes it whole, readable for others, and replaces it at once", async () => {
    const target = join(folder, "tool");
    await buildFolder(target, write("1"));
    expect(statSync(target).mode & 0o777).toBe(0o755);
    await buildFolder(target, write("2"));
    expect(readFileSync(join(target, "file"), "utf8")).toBe("2");
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it("leaves the old one in place, and no rest, when it fails", async () => {
    const target = join(folder, "tool");
    await buildFolder(target, write("1"));
    const fail = async (made: string) => {
      writeFileSync(join(made, "half"), "");
      throw new Error("no network");
    };
    await expect(buildFolder(target, fail)).rejects.toThrow("no network");
    expect(readFileSync(join(target, "file"), "utf8")).toBe("1");
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it("removes what an interrupted run left behind", async () => {
    mkdirSync(join(folder, "tool.abc123"));
    mkdirSync(join(folder, "tool-other.abc123"));
    await buildFolder(join(folder, "tool"), write("1"));
    expect(existsSync(join(folder, "tool.abc123"))).toBe(false);
    expect(existsSync(join(folder, "tool-other.abc123"))).toBe(true);
  });
});
