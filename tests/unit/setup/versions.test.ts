import { describe, expect, it } from "vitest";
import { acceptEtcd } from "../../../components/local/tools/etcd";
import { atLeast, versionIn } from "../../../components/local/tools/versions";

describe("versions", () => {
  it.each([
    ["postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)", "15.13"],
    ["etcd Version: 3.4.23\nGit SHA: Not provided", "3.4.23"],
    ["HAProxy version 2.8.25-1 2026/01/01", "2.8.25-1"],
    ["v3.220.0", "3.220.0"],
    ["3.249.0-alpha.x7c5b", "3.249.0-alpha.x7c5b"],
    ["pgBackRest 2.55.1", "2.55.1"],
    ["Python 3.11.7", "3.11.7"],
    ["command not found", undefined],
  ])("finds the version in %j", (text, version) => {
    expect(versionIn(text)).toBe(version);
  });

  it("orders by number, not by letter, and a pre-release before its release", () => {
    const ascending = ["2.9", "2.45", "2.51", "3.4.23", "3.220.0-alpha.1", "3.220.0", "3.220.1", "15.4", "15.13"];
    for (const [i, version] of ascending.entries()) {
      for (const [j, least] of ascending.entries()) {
        expect([version, least, atLeast(version, least)]).toEqual([version, least, i >= j]);
      }
    }
  });

  it("knows which etcd is safe", () => {
    expect(["3.4.0", "3.4.23", "3.5.3", "3.5.16", "3.6.8"].map(acceptEtcd)).toEqual([true, true, true, true, true]);
    expect(["3.3.25", "3.5.0", "3.5.1", "3.5.2"].map(acceptEtcd)).not.toContain(true);
  });
});
