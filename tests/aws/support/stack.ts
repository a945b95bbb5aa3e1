import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { LineReporter } from "../../../components/local/tools/reporter";
import { ensureEngine, missingOnPath } from "../../../ops/setup/engine";
import { applyTo, prepareState, pulumiEnvironment } from "../../../ops/setup/environment";
import { ROOT } from "../../../ops/setup/session";
import { REGION } from "./cloud";

type Configuration = Readonly<Record<string, unknown>>;

/** What a command of the engine left. */
export interface Ran {
  readonly code: number;
  /** Everything it printed, standard error included. */
  readonly output: string;
  readonly stdout: string;
}

/** What is to be done with one resource. */
export interface Step {
  /** "create", "update", "replace", "delete", "import", … */
  readonly op: string;
  /** "rds/cluster:Cluster cluster": type and name, without what all have in common. */
  readonly resource: string;
  /** The inputs that make the difference. */
  readonly because: readonly string[];
}

export interface Preview extends Ran {
  /** Without what stays the same. */
  readonly steps: readonly Step[];
  readonly errors: readonly string[];
}

/** A stack of this program on AWS, with a state of its own, driven by the real engine. */
export class AwsStack {
  private constructor(
    readonly name: string,
    /** A folder for whatever a test needs beside it. */
    readonly home: string,
    private readonly pulumi: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly settings: Configuration,
  ) {}

  /**
   * @param endpoint where all of AWS is, "http://127.0.0.1:5000".
   * @param configuration of `license-db:`, without that prefix.
   * @param settings beside that, whole keys.
   */
  static async make(
    name: string,
    endpoint: string,
    configuration: Configuration = {},
    settings: Configuration = {},
  ): Promise<AwsStack> {
    const home = mkdtempSync(join(tmpdir(), "license-db-aws-"));
    const state = join(home, "state");
    mkdirSync(state);
    const engine = await ensureEngine(new LineReporter(() => {}));
    const foreign = /^(AWS_|PULUMI_(BACKEND_URL|ACCESS_TOKEN|CONFIG_PASSPHRASE))/;
    const base = {
      ...Object.fromEntries(Object.entries(process.env).filter(([variable]) => !foreign.test(variable))),
      LICENSE_DB_STATE: state,
      AWS_ENDPOINT_URL: endpoint,
    };
    const setup = pulumiEnvironment(base, state, missingOnPath(engine, process.env.PATH ?? ""), undefined);
    prepareState(setup, state);
    const stack = new AwsStack(name, home, engine.path, applyTo(base, setup) as NodeJS.ProcessEnv, {
      "aws:region": REGION,
      "aws:accessKey": "test",
      "aws:secretKey": "test",
      "aws:skipMetadataApiCheck": "true",
      ...settings,
    });
    // The stack is made from a folder of its own, so that its file does not land among the project's.
    copyFileSync(join(ROOT, "Pulumi.yaml"), join(home, "Pulumi.yaml"));
    const made = await stack.engine(["stack", "init", name, "--no-select"], home);
    if (made.code !== 0) throw new Error(made.output);
    stack.configure(configuration);
    return stack;
  }

  /** The whole of the stack's configuration. */
  configure(configuration: Configuration): void {
    this.write(this.configFile, configuration);
  }

  private get configFile(): string {
    return join(this.home, "config.yaml");
  }

  private write(file: string, configuration: Configuration): void {
    const own = Object.entries({ vendor: "aws", ...configuration }).map(([key, value]) => [`license-db:${key}`, value]);
    writeFileSync(file, stringify({ config: { ...this.settings, ...Object.fromEntries(own) } }));
  }

  up(...args: string[]): Promise<Ran> {
    return this.run("up", ["--yes", "--skip-preview", ...args]);
  }

  refresh(...args: string[]): Promise<Ran> {
    return this.run("refresh", ["--yes", "--skip-preview", ...args]);
  }

  /** With the preview that is part of it: it is what finds all that is protected before anything is deleted. */
  destroy(...args: string[]): Promise<Ran> {
    return this.run("destroy", ["--yes", ...args]);
  }

  /** What `up` would do; with another configuration than the stack's, where one is given. */
  async preview(configuration?: Configuration): Promise<Preview> {
    let file = this.configFile;
    if (configuration) {
      file = join(mkdtempSync(join(this.home, "preview-")), "config.yaml");
      this.write(file, configuration);
    }
    const ran = await this.run("preview", ["--json"], file);
    // Its own warnings come first.
    const said = ran.stdout.slice(Math.max(0, ran.stdout.search(/^\{/m)));
    try {
      return { ...ran, ...readPreview(JSON.parse(said) as EnginePreview, this.name) };
    } catch (error) {
      throw new Error(`no preview: ${error instanceof Error ? error.message : error}\n${ran.output}`);
    }
  }

  async outputs<T>(): Promise<T> {
    const { code, stdout, output } = await this.engine(["stack", "output", "--json", "--stack", this.name]);
    if (code !== 0) throw new Error(output);
    return JSON.parse(stdout) as T;
  }

  /** The state as the engine keeps it, secrets encrypted. */
  async state(): Promise<string> {
    return (await this.engine(["stack", "export", "--stack", this.name])).stdout;
  }

  /** Any other command of the engine. */
  engine(args: readonly string[], cwd: string = ROOT): Promise<Ran> {
    const child = spawn(this.pulumi, args, { cwd, env: this.environment, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, output] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code: code ?? -1, output, stdout }));
    });
  }

  /** In the project's folder, with this stack's configuration. */
  run(verb: string, args: readonly string[], config: string = this.configFile): Promise<Ran> {
    const common = ["--stack", this.name, "--config-file", config, "--non-interactive", "--color", "never"];
    return this.engine([verb, ...common, ...args]);
  }

  /** Forgets it. What it made goes with the cloud. */
  dispose(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** As much of `pulumi preview --json` as is looked at here. */
interface EnginePreview {
  readonly steps?: readonly {
    readonly op: string;
    readonly urn: string;
    readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
  }[];
  readonly diagnostics?: readonly { readonly severity: string; readonly message: string }[];
}

function readPreview({ steps = [], diagnostics = [] }: EnginePreview, stack: string) {
  return {
    steps: steps
      .filter(({ op }) => op !== "same" && op !== "read")
      .map(({ op, urn, detailedDiff }) => ({
        op,
        resource: shortened(urn, stack),
        because: Object.keys(detailedDiff ?? {}).sort(),
      })),
    errors: diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message.trim()),
  };
}

/** "urn:pulumi:prod::license-db::…$aws:rds/cluster:Cluster::license-db-prod-cluster" -> "rds/cluster:Cluster cluster". */
function shortened(urn: string, stack: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  const type = types.split("$").at(-1) ?? "";
  return `${type.replace(/^aws:/, "")} ${name.replace(`license-db-${stack}-`, "")}`;
}
