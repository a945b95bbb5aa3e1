import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Exit } from "./support/exit";
import { configured, open, preview } from "./support/preview";

describe("a preview that is refused", () => {
  const exit = new Exit();
  beforeAll(() => exit.open());
  afterAll(() => exit.close());

  it("registers nothing, names the field, and calls nobody", async () => {
    const offline = await open("prod");
    try {
      offline.configure(configured(offline, { alicloud: { storage: { performanceLevel: "PL3" } } }));
      const { steps, failures } = await preview(offline);
      expect(failures.join("\n")).toMatch(/alicloud\.storage\.performanceLevel is PL3/);
      expect(steps).toEqual([]);
      expect(exit.asked).toEqual([]);
    } finally {
      offline.close();
    }
  });

  it("has no credentials, and asked for that", async () => {
    const offline = await open("dev");
    try {
      offline.configure(configured(offline, {}, { "alicloud:skipRegionValidation": undefined }));
      const { steps, failures } = await preview(offline);
      expect(failures.join("\n")).toMatch(/takes no credentials of this shell for cn-hangzhou/);
      expect(steps).toEqual([]);
      // This one did call, or whatever calls nobody proves nothing.
      expect(exit.asked.join("\n")).toMatch(/aliyuncs\.com/);
    } finally {
      offline.close();
    }
  });
});
