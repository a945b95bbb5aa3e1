import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { silent } from "../../../components/local/tools/reporter";
import { ensureEngine, missingOnPath } from "../../../ops/setup/engine";
import { applyTo, prepareState, pulumiEnvironment } from "../../../ops/setup/environment";
import { KEYS } from "./functionCompute";

const PROJECT = join(__dirname, "invocations");
const STACK = "test";

interface Ran {
  readonly code: number;
  /** Everything it printed. */
  readonly output: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

/** The program in ./invocations under the real engine, with a state of its own and Function Compute on loopback. */
export class InvocationsStack {
  private constructor(
    private readonly home: string,
    private readonly pulumi: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async make(endpoint: string): Promise<InvocationsStack> {
    const home = mkdtempSync(join(tmpdir(), "license-db-invocations-"));
    const state = join(home, "state");
    mkdirSync(state);
    const engine = await ensureEngine(silent);
    const foreign = /^(ALICLOUD_|ALIBABA_CLOUD_|PULUMI_(BACKEND_URL|ACCESS_TOKEN|CONFIG_PASSPHRASE))/;
    const base = {
      ...Object.fromEntries(Object.entries(process.env).filter(([variable]) => !foreign.test(variable))),
      LICENSE_DB_STATE: state,
      LICENSE_DB_FC_ENDPOINT: endpoint,
      // By one of the names that the alicloud provider alone knows.
      ALICLOUD_ACCESS_KEY: KEYS.id,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: KEYS.secret,
      ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true",
    };
    const setup = pulumiEnvironment(base, state, missingOnPath(engine, process.env.PATH ?? ""), undefined);
    prepareState(setup, state);
    const stack = new InvocationsStack(home, engine.path, applyTo(base, setup) as NodeJS.ProcessEnv);
    stack.configure(["one"]);
    // The stack is made from a folder of its own, so that its file does not land among the program's.
    copyFileSync(join(PROJECT, "Pulumi.yaml"), join(home, "Pulumi.yaml"));
    const { code, output } = await stack.run("stack", ["init", "--no-select", STACK, "--cwd", home]);
    if (code !== 0) throw new Error(output);
    return stack;
  }

  configure(triggers: readonly string[], finalBackup = true): void {
    const config = { "invocations:triggers": triggers, "invocations:finalBackup": finalBackup };
    writeFileSync(this.configFile, stringify({ config }));
  }

  private get configFile(): string {
    return join(this.home, "config.yaml");
  }

  up = () => this.command("up", "--yes", "--skip-preview").ended;
  preview = () => this.command("preview").ended;
  destroy = () => this.startDestroy().ended;
  startDestroy = (): Running => this.command("destroy", "--yes", "--skip-preview");

  /** Gives back the lock of an engine that was killed. */
  unlock = () => this.run("cancel", ["--yes", STACK]);

  /** As the engine keeps it. */
  async state(): Promise<string> {
    return (await this.run("stack", ["export", "--stack", STACK])).output;
  }

  close(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  private command(name: string, ...args: readonly string[]): Running {
    return this.start([name, ...args, "--stack", STACK, "--config-file", this.configFile, "--non-interactive"]);
  }

  private run(name: string, args: readonly string[]): Promise<Ran> {
    return this.start([name, ...args, "--non-interactive"]).ended;
  }

  private start(args: readonly string[]): Running {
    const child = spawn(this.pulumi, args, {
      cwd: PROJECT,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const ended = new Promise<Ran>((done, fail) => {
      child.once("error", fail);
      child.once("close", (code) => done({ code: code ?? 1, output }));
    });
    return { child, ended };
  }
}
