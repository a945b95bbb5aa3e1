import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureLocalTools } from "../../../components/local/tools";
import { buildFolder } from "../../../components/local/tools/build";
import { run } from "../../../components/local/tools/command";
import { cacheFolder } from "../../../components/local/tools/folders";
import { withLock } from "../../../components/local/tools/lock";
import { ROOT } from "../../../ops/setup/session";
import { freePort } from "../../local/support/ports";

const HARNESS = join(ROOT, "tests/aws/harness");
export const REGION = "eu-central-1";

/** One request, as the stand-in wrote it down. */
export interface CloudRequest {
  readonly service: string;
  readonly operation: string;
  readonly status: number;
}

/** The real PostgreSQL behind RDS's endpoints. */
export interface Databases {
  /** Endpoint -> port on loopback. */
  readonly ports: Readonly<Record<string, number>>;
  /** PEM */
  readonly authority: string;
}

/** A stand-in for AWS in a process of its own; see ../harness/README.md. */
export class Cloud {
  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly server: ChildProcess,
  ) {}

  static async start(): Promise<Cloud> {
    const [python, { postgresBin }, port] = await Promise.all([environment(), ensureLocalTools(), freePort()]);
    const folder = mkdtempSync(join(tmpdir(), "license-db-cloud-"));
    const log = join(folder, "requests.json");
    writeFileSync(log, "");
    const settings = ["--port", String(port), "--log", log, "--postgres", postgresBin];
    const server = spawn(
      python,
      ["-B", join(HARNESS, "server.py"), ...settings, "--modules", join(ROOT, "node_modules")],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let said = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-20_000);
    });
    const cloud = new Cloud(port, folder, server);
    for (let tries = 0; tries < 300; tries++) {
      if (server.exitCode !== null) break;
      const answer = await fetch(`${cloud.url}/stand-in/databases`).catch(() => undefined);
      if (answer?.ok) return cloud;
      await sleep(200);
    }
    await cloud.stop();
    throw new Error(`the stand-in for AWS does not start:\n${said}`);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  requests(): CloudRequest[] {
    const lines = readFileSync(join(this.folder, "requests.json"), "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as CloudRequest);
  }

  async databases(): Promise<Databases> {
    return (await (await fetch(`${this.url}/stand-in/databases`)).json()) as Databases;
  }

  /** An operation of EC2 or RDS; the answer's XML. */
  async query(service: "ec2" | "rds", action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    const Version = { ec2: "2016-11-15", rds: "2014-10-31" }[service];
    return this.post(service, new URLSearchParams({ Action: action, Version, ...parameters }).toString(), {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    });
  }

  /** An operation of a service that speaks JSON: "secretsmanager.GetSecretValue", "TrentService.DescribeKey". */
  async json<T>(service: string, target: string, parameters: Readonly<Record<string, unknown>>): Promise<T> {
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    return JSON.parse(await this.post(service, JSON.stringify(parameters), headers)) as T;
  }

  private async post(service: string, body: string, headers: Readonly<Record<string, string>>): Promise<string> {
    // Nobody checks the signature; the scope says which service is meant.
    const scope = `test/20260101/${REGION}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
    const answer = await fetch(this.url, { method: "POST", body, headers: { ...headers, authorization } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${service}: ${answer.status} ${text}`);
    return text;
  }

  /** Ends it, and every database it started. */
  async stop(): Promise<void> {
    if (this.server.exitCode === null) {
      const ended = new Promise((resolve) => this.server.once("exit", resolve));
      this.server.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Python with what requirements.txt pins, made once per machine. @returns its path. */
async function environment(): Promise<string> {
  const requirements = join(HARNESS, "requirements.txt");
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const folder = join(cacheFolder(), `tests-cloud-${hash}`);
  await withLock(
    join(cacheFolder(), "tests-cloud.lock"),
    () => {},
    async () => {
      if (existsSync(folder)) return;
      await buildFolder(folder, async (into) => {
        await run(["/usr/bin/python3", "-m", "venv", into]);
        const pip = [join(into, "bin/pip"), "install", "-q", "--disable-pip-version-check", "--require-hashes"];
        await run([...pip, "-r", requirements], { timeout: 600_000, label: "pip install" });
      });
    },
  );
  return join(folder, "bin/python");
}
