import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Reporter } from "../../components/local/tools/reporter";
import { ensureEngine, missingOnPath } from "../setup/engine";
import { applyTo, pulumiEnvironment } from "../setup/environment";
import { ROOT } from "../setup/session";
import { offlineConfig, type Target } from "./targets";

/** What a run of the engine left. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Config = Readonly<Record<string, unknown>>;

/**
 * One stack with a state and a passphrase of its own, which are gone afterwards: for looking at what the program would
 * make, without an account, and without touching the user's stack or its file.
 */
export class Offline {
  private constructor(
    private readonly stack: string,
    private readonly folder: string,
    private readonly engine: string,
    private readonly environment: Readonly<Record<string, string | undefined>>,
    /** Whole keys, as they stand. */
    readonly config: Config,
  ) {}

  static async open(target: Target, report: Reporter): Promise<Offline> {
    const engine = await ensureEngine(report);
    const folder = mkdtempSync(join(tmpdir(), "license-db-offline-"));
    const state = join(folder, "state");
    mkdirSync(join(state, "pulumi"), { recursive: true, mode: 0o755 });
    // The servers' user must be able to pass through, or the local vendor refuses the place.
    for (const open of [folder, state]) chmodSync(open, 0o755);
    const ours = { ...withoutAccounts(process.env), ...NOBODY, LICENSE_DB_STATE: state };
    const missing = missingOnPath(engine, process.env.PATH ?? "");
    const setup = pulumiEnvironment(ours, state, missing, undefined);
    const environment = {
      ...applyTo(ours, setup),
      PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
    };
    const config = offlineConfig(trackedConfig(target.stack), target);
    const offline = new Offline(target.stack, folder, engine.path, environment, config);
    // The stack is made from a folder of its own, so that its file does not land among the project's.
    copyFileSync(join(ROOT, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    const { code, stderr } = await offline.run(["stack", "init", target.stack, "--no-select", "--cwd", folder]);
    if (code !== 0) throw new Error(`the engine makes no stack ${target.stack}: ${stderr.trim()}`);
    offline.configure(config);
    return offline;
  }

  /** The whole configuration, in place of what was. */
  configure(config: Config): void {
    const { encryptionsalt } = parse(readFileSync(this.configFile, "utf8")) as { encryptionsalt?: string };
    writeFileSync(this.configFile, stringify({ config, ...(encryptionsalt === undefined ? {} : { encryptionsalt }) }));
  }

  /** `pulumi preview --json` as events, one a line. */
  async preview(more: readonly string[] = []): Promise<Ran> {
    const args = ["preview", "--json", "--show-replacement-steps", "--suppress-outputs", "--non-interactive"];
    return this.run([...args, "--stack", this.stack, "--config-file", this.configFile, ...more], {
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
    });
  }

  async run(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const child = spawn(this.engine, args, {
      cwd: ROOT,
      env: { ...this.environment, ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (part: string) => {
        said[name] += part;
      });
    }
    return new Promise((done, fail) => {
      child.once("error", fail);
      child.once("close", (code) => done({ code: code ?? 1, ...said }));
    });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Has the stack's state be this one, as in `pulumi stack export`. */
  async importState(deployment: object): Promise<void> {
    const file = this.write("state.json", { version: 3, deployment });
    const { code, stderr } = await this.run(["stack", "import", "--stack", this.stack, "--file", file]);
    if (code !== 0) throw new Error(`the engine does not take the state: ${stderr.trim()}`);
  }

  /** A file in the stack's own folder. */
  write(name: string, content: unknown): string {
    const file = join(this.folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  }

  private get configFile(): string {
    return join(this.folder, `Pulumi.${this.stack}.yaml`);
  }
}

function trackedConfig(stack: string): Config {
  const file = join(ROOT, `Pulumi.${stack}.yaml`);
  const text = existsSync(file) ? (parse(readFileSync(file, "utf8")) as { config?: Config } | null) : undefined;
  return text?.config ?? {};
}

/** Whoever's account the shell is logged in to, it is none of ours. */
function withoutAccounts(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const theirs = /^(AWS_|ALICLOUD_|ALIBABA_CLOUD_|ALIYUN_|PULUMI_(BACKEND_URL|ACCESS_TOKEN|CONFIG_PASSPHRASE))/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !theirs.test(name)));
}

/** Nor are its files, or the machine's own role. */
const NOBODY = {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true",
};
