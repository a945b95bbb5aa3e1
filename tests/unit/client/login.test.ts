import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ClientEvent } from "../../../ops/client/events";
import { type LoginSource, Logins } from "../../../ops/client/login";
import { iamToken, passwordFile, regionOf, secretsManager } from "../../../ops/client/sources";

const endpoint = { host: "db.example.org", port: 5432 };

function logins(password: string | LoginSource) {
  const events: ClientEvent[] = [];
  const made = new Logins({
    endpoint,
    target: "writer",
    username: "license_app",
    password,
    caCertificate: () => "PEM",
    onEvent: (event) => events.push(event),
  });
  return { logins: made, events };
}

describe("logins", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it("ask once however many wait, and again when the answer is old", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const login = vi.fn(async () => ({ password: "first" }));
    const { logins: made } = logins({ login, maxAge: 1_000 });
    expect(made.fresh).toBeUndefined();
    const [one, other] = await Promise.all([made.ask(), made.ask()]);
    expect(one).toBe(other);
    expect(made.fresh).toEqual({ username: "license_app", password: "first", ca: "PEM" });
    expect(login).toHaveBeenCalledExactlyOnceWith(endpoint);
    vi.advanceTimersByTime(1_001);
    expect(made.fresh).toBeUndefined();
    expect(await made.ask()).toBe(one);
    expect(login).toHaveBeenCalledTimes(2);
  });

  it("ask anew when refused, not more than twice a second, and tell whether it is another", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const answers = ["old", "old", "new"];
    const login = vi.fn(async () => ({ username: "other_role", password: answers.shift() ?? "" }));
    const { logins: made, events } = logins({ login });
    const old = await made.ask();
    expect(await made.refused(old)).toBe(false);
    expect(login).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(600);
    expect(await made.refused(old)).toBe(false);
    vi.advanceTimersByTime(600);
    expect(await made.refused(old)).toBe(true);
    // Whoever was refused with the old one learns of the new without a question.
    expect(await made.refused(old)).toBe(true);
    expect(login).toHaveBeenCalledTimes(3);
    expect(made.fresh).toMatchObject({ username: "other_role", password: "new" });
    expect(JSON.stringify(events)).not.toMatch(/old|new/);
  });

  it("go on with the last answer while the store is down, but not with one that was refused", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const login = vi.fn(async () => ({ password: "good" }));
    const { logins: made, events } = logins({ login, maxAge: 1_000 });
    const good = await made.ask();
    login.mockRejectedValue(new Error("throttled"));
    vi.advanceTimersByTime(2_000);
    expect(await made.ask()).toBe(good);
    expect(events).toContainEqual({ kind: "login failed", target: "writer", reason: "throttled" });
    vi.advanceTimersByTime(600);
    await expect(made.refused(good)).rejects.toThrow("throttled");
  });
});

describe("a source", () => {
  it("is a file, read anew each time, without the editor's last line break", async () => {
    const folder = mkdtempSync(join(tmpdir(), "license-db-client-"));
    try {
      const file = join(folder, "password");
      const source = passwordFile(file);
      writeFileSync(file, "one two \n");
      expect(await source.login(endpoint)).toEqual({ password: "one two " });
      writeFileSync(file, "three");
      expect(await source.login(endpoint)).toEqual({ password: "three" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is AWS Secrets Manager, asked by its SDK", async () => {
    const asked: unknown[] = [];
    let secret = JSON.stringify({ username: "license_app", password: "from-the-store", host: "x" });
    const store = createServer((request, response) => {
      let text = "";
      request.on("data", (piece) => {
        text += piece;
      });
      request.on("end", () => {
        asked.push([request.headers["x-amz-target"], JSON.parse(text), request.headers.authorization]);
        response.setHeader("content-type", "application/x-amz-json-1.1");
        response.end(JSON.stringify({ SecretString: secret }));
      });
    });
    await new Promise<void>((resolve) => {
      store.listen(0, "127.0.0.1", resolve);
    });
    try {
      vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(store.address() as AddressInfo).port}`);
      vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
      vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
      const secretId = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:license-db-AbCdEf";
      const source = secretsManager({ secretId });
      expect(await source.login(endpoint)).toEqual({ username: "license_app", password: "from-the-store" });
      expect(asked).toEqual([
        [
          "secretsmanager.GetSecretValue",
          { SecretId: secretId },
          expect.stringContaining("/eu-central-1/secretsmanager/"),
        ],
      ]);
      secret = "a-plain-secret-text";
      const refusal = await Promise.resolve(source.login(endpoint)).catch((error: Error) => error.message);
      expect(refusal).toMatch(/license-db-AbCdEf is not JSON with a "password"/);
      expect(refusal).not.toContain(secret);
    } finally {
      store.close();
    }
  });

  it("is a token of AWS IAM, for that host and role", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    const { username, password } = await iamToken({ username: "license_app_iam", region: "eu-central-1" }).login(
      endpoint,
    );
    expect(username).toBe("license_app_iam");
    const token = new URL(`https://${password}`);
    expect(token.host).toBe("db.example.org:5432");
    expect(token.searchParams.get("DBUser")).toBe("license_app_iam");
    expect(token.searchParams.get("Action")).toBe("connect");
    expect(token.searchParams.get("X-Amz-Credential")).toContain("/eu-central-1/rds-db/");
  });

  it("knows the region from the secret's name", () => {
    expect(regionOf("arn:aws-cn:secretsmanager:cn-north-1:1:secret:x")).toBe("cn-north-1");
    expect(regionOf("just-a-name")).toBeUndefined();
  });
});
