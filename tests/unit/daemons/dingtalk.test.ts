import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestOptions, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Issued, issue, newAuthority } from "../../../components/local/provider/host/tls";

const SCRIPT = resolve(__dirname, "../../../components/local/daemons/dingtalk.py");
const TOKEN = "a-robot's-token";

const told = {
  version: "4",
  status: "firing",
  commonLabels: { alertname: "replicationLag", cluster: "license-db-prod", severity: "critical" },
  commonAnnotations: { title: "A replica lags", runbook: "Look for long queries." },
  alerts: [
    { labels: { member: "member-2" }, annotations: { summary: "31 s; more than 30 s." } },
    { labels: {}, annotations: { summary: "no member" } },
  ],
};

describe("the relay to DingTalk", () => {
  let folder: string;
  let dingtalk: Server;
  let relay: ChildProcess;
  let port: number;
  let client: Issued;
  let ca: string;
  let said = "";
  const taken: { path: string; body: { msgtype: string; markdown: { title: string; text: string } } }[] = [];
  let answer: object = { errcode: 0, errmsg: "ok" };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "license-db-dingtalk-"));
    const own = await newAuthority("cluster", 1);
    const foreign = await newAuthority("dingtalk", 1);
    const [server, theirs] = [
      await issue(own, "server", ["localhost", "127.0.0.1"], 1),
      await issue(foreign, "d", ["127.0.0.1"], 1),
    ];
    client = await issue(own, "monitor", ["localhost"], 1);
    ca = own.cert;
    dingtalk = createServer({ cert: theirs.cert, key: theirs.key }, (asked, response) => {
      let body = "";
      asked.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      asked.on("end", () => {
        taken.push({ path: asked.url ?? "", body: JSON.parse(body) });
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((done) => dingtalk.listen(0, "127.0.0.1", done));
    const address = `https://127.0.0.1:${(dingtalk.address() as AddressInfo).port}/robot/send?access_token=${TOKEN}`;
    const free = createServer();
    port = await new Promise<number>((done) =>
      free.listen(0, "127.0.0.1", () => {
        const { port: found } = free.address() as AddressInfo;
        free.close(() => done(found));
      }),
    );
    const at = (name: string) => join(folder, name);
    mkdirSync(at("trust"));
    const files = {
      "ca.crt": own.cert,
      "server.crt": server.cert,
      "server.key": server.key,
      "trust/d.pem": foreign.cert,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
    const config = {
      listen: { host: "127.0.0.1", port },
      tls: { ca: at("ca.crt"), cert: at("server.crt"), key: at("server.key") },
      robots: { "/contact-3": address, "/gone": "https://127.0.0.1:1/" },
      trust: at("trust"),
    };
    writeFileSync(at("dingtalk.json"), JSON.stringify(config));
    relay = spawn(process.env.PYTHON ?? "python3", ["-u", SCRIPT, at("dingtalk.json")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    await new Promise<void>((done, fail) => {
      for (const stream of [relay.stdout, relay.stderr]) {
        stream?.setEncoding("utf8").on("data", (text: string) => {
          said += text;
          if (said.includes("passes on")) done();
        });
      }
      relay.once("exit", () => fail(new Error(said)));
    });
  });
  afterAll(() => {
    relay.kill("SIGTERM");
    dingtalk.close();
    dingtalk.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  function post(
    path: string,
    body: unknown,
    more: RequestOptions = { cert: client.cert, key: client.key },
  ): Promise<number> {
    return new Promise((done, fail) => {
      const call = request({ host: "127.0.0.1", port, path, method: "POST", ca, agent: false, ...more }, (response) => {
        response.resume();
        done(response.statusCode ?? 0);
      });
      call.on("error", fail);
      call.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  }

  it("passes on what is wrong, where, and what to do first", async () => {
    expect(await post("/contact-3", told)).toBe(200);
    const { path, body } = taken.at(-1) ?? {};
    expect(path).toBe(`/robot/send?access_token=${TOKEN}`);
    expect(body).toMatchObject({ msgtype: "markdown", markdown: { title: "FIRING: A replica lags" } });
    expect(body?.markdown.text.split("\n\n")).toEqual([
      "### FIRING: A replica lags",
      "license-db-prod, critical (license-db)",
      "- member-2: 31 s; more than 30 s.",
      "- no member",
      "First: Look for long queries.",
    ]);
  });

  it("says when it is over, without what to do", async () => {
    expect(await post("/contact-3", { ...told, status: "resolved" })).toBe(200);
    const text = taken.at(-1)?.body.markdown.text;
    expect(text).toMatch(/^### RESOLVED: A replica lags/);
    expect(text).not.toMatch(/First/);
  });

  it("keeps within what DingTalk takes", async () => {
    const many = {
      ...told,
      alerts: Array.from({ length: 900 }, () => ({ labels: {}, annotations: { summary: "长".repeat(20) } })),
    };
    expect(await post("/contact-3", many)).toBe(200);
    expect(Buffer.byteLength(taken.at(-1)?.body.markdown.text ?? "")).toBeLessThan(20_000);
  });

  it("answers with a failure what DingTalk did not take, so that Alertmanager tries again", async () => {
    answer = { errcode: 310_000, errmsg: "keywords not in content" };
    expect(await post("/contact-3", told)).toBe(502);
    expect(await post("/gone", told)).toBe(502);
    answer = { errcode: 0 };
    expect(await post("/contact-3", told)).toBe(200);
    expect(said).toMatch(/contact-3: not taken: 310000: keywords not in content/);
    expect(said).toMatch(/gone: not taken: .*refused/);
  });

  it("knows no other robots and takes no other messages", async () => {
    const before = taken.length;
    expect(await post("/contact-4", told)).toBe(404);
    expect(await post("/contact-3", "not JSON")).toBe(400);
    expect(await post("/contact-3", { alerts: [] })).toBe(400);
    expect(taken).toHaveLength(before);
  });

  it("lets in nobody without a certificate of the cluster, and shows the robot's address to nobody", async () => {
    await expect(post("/contact-3", told, {})).rejects.toThrow(/certificate required|ECONNRESET|hang up/);
    expect(said).not.toContain(TOKEN);
  });
});
