import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Shared, startTimes, succeeded, UNCHANGED } from "./shared";

/** Changes that would cost data or cut applications off, each with what the user is told. */
const CHANGES: readonly [string, (other: string) => Readonly<Record<string, object>>, readonly RegExp[]][] = [
  [
    "the names of database and role",
    () => ({ access: { database: "another", username: "someone" } }),
    [
      /has "license_management", asked is "another".*Make a new stack and migrate, or set it back/,
      /has "license_app", asked is "someone".*Make a new stack and migrate, or set it back/,
    ],
  ],
  [
    "the folders of data and backups",
    (other) => ({ local: { folder: other, backupFolder: other } }),
    [/its data would be left behind; restore a backup into a new stack instead/, /its backups would be left behind/],
  ],
];

export function refused(shared: Shared): void {
  describe("what would replace data", () => {
    it.each(CHANGES)("is refused with what to do instead: %s", async (_, change, messages) => {
      const stack = shared();
      const look = async () => [
        await startTimes(stack),
        await stack.query("writer", "select * from licenses order by id"),
      ];
      const before = await look();
      const other = `${stack.folder}-other`;
      const settings = stack.configuration();
      for (const [key, values] of Object.entries(change(other))) {
        stack.configure({ [key]: { ...(settings[key] as object), ...values } });
      }
      try {
        const up = await stack.up();
        expect(up.code).not.toBe(0);
        for (const message of messages) expect(up.output).toMatch(message);
        expect(existsSync(other)).toBe(false);
      } finally {
        stack.configure({ access: settings.access, local: settings.local });
      }
      expect(await look()).toEqual(before);
    });

    it("goes on as before once it is set back", async () => {
      expect(succeeded(await shared().up()).changes).toEqual(UNCHANGED);
    });
  });
}
