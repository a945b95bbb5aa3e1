import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Shared, startTimes, succeeded } from "./shared";

/** Changes that would cost data or cut applications off. */
export function refused(shared: Shared): void {
  describe("what would replace data", () => {
    const other = (folder: string) => `${folder}-other`;
    it.each([
      [
        "the database's name",
        () => ({ access: { database: "another" } }),
        /the running cluster has "license_management", asked is "another"/,
      ],
      [
        "the role's name",
        () => ({ access: { username: "another" } }),
        /the running cluster has "license_app", asked is "another"/,
      ],
      [
        "the folder",
        (folder: string) => ({ local: { folder: other(folder) } }),
        /restore a backup into a new stack instead/,
      ],
      [
        "the backups' folder",
        (folder: string) => ({ local: { backupFolder: other(folder) } }),
        /its backups would be left behind/,
      ],
    ])("is refused with what to do instead: %s", async (_, change, message) => {
      const stack = shared();
      const before = {
        rows: await stack.query("writer", "select * from licenses order by id"),
        starts: await startTimes(stack),
      };
      const settings = stack.configuration();
      const changed = change(stack.folder);
      const [[key = "", values = {}] = []] = Object.entries(changed);
      stack.configure({ [key]: { ...(settings[key] as object), ...values } });
      try {
        const up = await stack.up();
        expect(up.code).not.toBe(0);
        expect(up.output).toMatch(message);
        expect(existsSync(other(stack.folder))).toBe(false);
      } finally {
        stack.configure({ [key]: settings[key] });
      }
      expect(await startTimes(stack)).toEqual(before.starts);
      expect(await stack.query("writer", "select * from licenses order by id")).toEqual(before.rows);
    });

    it("goes on as before once it is set back", async () => {
      expect(succeeded(await shared().up()).changes).toEqual({ same: 8 });
    });
  });
}
