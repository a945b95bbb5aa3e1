import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Client, type ClientConfig, Client as PgClient, type QueryResultRow } from "pg";
import { parse, stringify } from "yaml";
import { makeFolder } from "../../../components/local/provider/host/files";
import { readOwner } from "../../../components/local/provider/host/owner";
import { onMember } from "../../../components/local/provider/host/sql";
import type { Place } from "../../../components/local/provider/place";
import { LineReporter } from "../../../components/local/tools/reporter";
import type { AppliedParameter, Endpoint } from "../../../components/vendor";
import { ensureEngine, missingOnPath } from "../../../ops/setup/engine";
import { applyTo, prepareState, pulumiEnvironment } from "../../../ops/setup/environment";
import { ROOT } from "../../../ops/setup/session";
import { killCluster } from "./processes";

const PROJECT = "license-db";

/** What a command of the engine left. */
export interface Ran {
  readonly code: number;
  /** Everything it printed, standard error included. */
  readonly output: string;
  /** Operation -> number of resources: {"same": 8, "update": 1}; empty when it did not come to an end. */
  readonly changes: Readonly<Record<string, number>>;
  /** Name of the resource's type ("Cluster") -> operation, of those that are not "same". */
  readonly operations: Readonly<Record<string, string>>;
  /** Warnings and errors, as the user reads them. */
  readonly diagnostics: readonly string[];
}

export interface Outputs {
  readonly vendor: string;
  readonly writer: Endpoint;
  readonly reader: Endpoint;
  readonly endpoints: { readonly directWriter: Endpoint; readonly directReader: Endpoint };
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly caCertificate: string;
  readonly parameters: Readonly<Record<string, AppliedParameter>>;
  readonly capabilities: Readonly<Record<string, { status: string; note: string }>>;
}

export type Way = "writer" | "reader" | "directWriter" | "directReader";

/** One parent for every test's cluster, which is so short that sockets' paths fit. */
const CLUSTERS = join(tmpdir(), "ldb");

type Configuration = Readonly<Record<string, unknown>>;
type Verb = "up" | "preview" | "refresh" | "destroy";

/**
 * Makes a stack of another name what the stack "local" is. `npx license-db` puts the salt of a stack's passphrase into its
 * file, and "local" has one among the project's, where other tests look for changes at the same time.
 */
export const AS_LOCAL: Configuration = { environment: "local" };

/**
 * A stack of this program with a state of its own, driven by the real engine as a user drives it. All clusters' folders
 * lie side by side, so that stacks of two test files that run at once see each other's ports.
 */
export class TestStack {
  readonly name: string;
  /** The project's state (LICENSE_DB_STATE): passphrase, engine's state, backups. */
  readonly state: string;
  /** Where the cluster lives. */
  readonly folder: string;
  /** For whatever a test makes beside the cluster; writable for the user the servers run as, gone with the stack. */
  readonly scratch: string;
  private known: Promise<Outputs> | undefined;
  private readonly home: string;
  private readonly configFile: string;
  /** What a command of the project runs in. */
  readonly environment: NodeJS.ProcessEnv;
  private readonly pulumi: string;

  private constructor(home: string, name: string, pulumi: string, environment: NodeJS.ProcessEnv) {
    this.home = home;
    this.name = name;
    this.state = join(home, "state");
    this.folder = join(CLUSTERS, home.slice(-6));
    this.scratch = join(home, "scratch");
    this.configFile = join(home, `Pulumi.${name}.yaml`);
    this.pulumi = pulumi;
    this.environment = environment;
  }

  /**
   * @param name the stack's name: "local", "dev" and "prod" bring their environments along.
   * @param configuration of `license-db:`, without that prefix; `local.folder` is given where it is not set.
   */
  static async make(name: string, configuration: Configuration = {}): Promise<TestStack> {
    // Readable for the user the servers run as, and short: the paths of unix sockets are.
    mkdirSync(CLUSTERS, { recursive: true, mode: 0o755 });
    const home = mkdtempSync(join(tmpdir(), "ldb-"));
    const state = join(home, "state");
    mkdirSync(state, { mode: 0o755 });
    chmodSync(home, 0o755);
    const engine = await ensureEngine(new LineReporter(() => {}));
    const base: NodeJS.ProcessEnv = {
      ...process.env,
      LICENSE_DB_STATE: state,
      PULUMI_DEBUG_COMMANDS: "true",
    };
    for (const variable of [
      "PULUMI_BACKEND_URL",
      "PULUMI_ACCESS_TOKEN",
      "PULUMI_CONFIG_PASSPHRASE",
      "PULUMI_CONFIG_PASSPHRASE_FILE",
    ]) {
      delete base[variable];
    }
    const setup = pulumiEnvironment(base, state, missingOnPath(engine, base.PATH ?? ""), undefined);
    prepareState(setup, state);
    const stack = new TestStack(home, name, engine.path, applyTo(base, setup) as NodeJS.ProcessEnv);
    await makeFolder(stack.scratch);
    // The stack is made from a folder of its own, so that its file does not land among the project's.
    copyFileSync(join(ROOT, "Pulumi.yaml"), join(home, "Pulumi.yaml"));
    await stack.init();
    stack.configure({ vendor: "local", ...configuration });
    return stack;
  }

  private async init(): Promise<void> {
    const made = await this.engine(["stack", "init", this.name, "--no-select"], this.home);
    if (made.code !== 0) throw new Error(made.output);
  }

  /** What the engine knows of the stack is gone, while all that it made goes on. The configuration stays. */
  async loseState(): Promise<void> {
    rmSync(join(this.state, "pulumi"), { recursive: true });
    mkdirSync(join(this.state, "pulumi"), { mode: 0o700 });
    await this.init();
  }

  /** Sets top-level keys of the configuration; `undefined` removes one. */
  configure(configuration: Configuration): void {
    const file = (existsSync(this.configFile) ? parse(readFileSync(this.configFile, "utf8")) : {}) as {
      config?: Configuration;
    };
    const added = Object.fromEntries(Object.entries(configuration).map(([key, value]) => [`${PROJECT}:${key}`, value]));
    const config = { ...file.config, ...added } as Record<string, unknown>;
    const local = (config[`${PROJECT}:local`] ?? {}) as Configuration;
    // Watching has a test of its own; in the others it would take the cores from what they are about.
    config[`${PROJECT}:local`] = { folder: this.folder, monitoring: { enabled: false }, ...local };
    writeFileSync(this.configFile, stringify({ ...file, config: JSON.parse(JSON.stringify(config)) }));
  }

  /** Sets a variable of the environment that the engine and its provider run in; `undefined` removes it. */
  setVariable(name: string, value: string | undefined): void {
    if (value === undefined) delete this.environment[name];
    else this.environment[name] = value;
  }

  /** The configuration as it stands, without the prefix. */
  configuration(): Configuration {
    const { config } = parse(readFileSync(this.configFile, "utf8")) as { config: Configuration };
    return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.slice(PROJECT.length + 1), value]));
  }

  /** `pulumi config set --secret --path license-db:KEY VALUE`, with the value on standard input. */
  async configureSecret(path: string, value: string): Promise<void> {
    const set = this.spawn(
      ["config", "set", "--stack", this.name, "--secret", "--path", `${PROJECT}:${path}`],
      this.home,
    );
    set.child.stdin?.end(value);
    const ran = await set.ended;
    if (ran.code !== 0) throw new Error(ran.output);
  }

  up(...args: string[]): Promise<Ran> {
    return this.run("up", args);
  }

  preview(...args: string[]): Promise<Ran> {
    return this.run("preview", args);
  }

  refresh(...args: string[]): Promise<Ran> {
    return this.run("refresh", args);
  }

  destroy(...args: string[]): Promise<Ran> {
    return this.run("destroy", args);
  }

  /** As above, and the process, for tests that kill it: it leads a process group of its own. */
  start(verb: Verb, ...args: string[]): { child: ChildProcess; ended: Promise<Ran> } {
    const log = join(this.home, `events-${randomBytes(4).toString("hex")}.json`);
    const all = [
      verb,
      ...["--stack", this.name, "--config-file", this.configFile, "--non-interactive", "--color", "never"],
      ...(verb === "preview" ? [] : ["--yes", "--skip-preview"]),
      ...["--event-log", log, ...args],
    ];
    const before = this.known;
    if (verb !== "preview") this.known = undefined;
    const { child, ended } = this.spawn(all, ROOT);
    return {
      child,
      ended: ended.then(async (ran) => {
        const { outputs, ...told } = readEvents(log);
        if (verb !== "preview") {
          // The password, which the engine does not show, is as it was where the resource that has it is.
          const same = ran.code === 0 && told.operations.ApplicationDatabase === undefined;
          const password = same ? (await before?.catch(() => undefined))?.password : undefined;
          this.known = outputs && password ? Promise.resolve({ ...outputs, password }) : undefined;
        }
        return { ...ran, ...told };
      }),
    };
  }

  /** Any other command of the engine, in the project's folder: `["stack", "output", …]`. */
  async engine(args: readonly string[], cwd: string = ROOT): Promise<{ code: number; output: string }> {
    const { child, ended } = this.spawn(args, cwd);
    child.stdin?.end();
    return ended;
  }

  /** `npx license-db …` on this stack. @returns its exit code, and what it printed on either way out. */
  async licenseDb(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    this.known = undefined;
    const child = spawn(process.execPath, [join(ROOT, "ops/cli/license-db.mjs"), ...args, "--stack", this.name], {
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    for (const way of ["stdout", "stderr"] as const) {
      child[way].setEncoding("utf8").on("data", (text: string) => {
        said[way] += text;
      });
    }
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        this.known = undefined;
        resolve({ code: code ?? -1, ...said });
      });
    });
  }

  /** The stack's configuration, for commands that run the engine: it lies apart from the project's. */
  get configuredBy(): readonly string[] {
    return ["--config-file", this.configFile];
  }

  /** As the engine's last run told them, or asked of it once: that is a run of its own. */
  async outputs(): Promise<Outputs> {
    this.known ??= this.askOutputs();
    return this.known;
  }

  private async askOutputs(): Promise<Outputs> {
    const { code, output } = await this.engine(["stack", "output", "--json", "--show-secrets", "--stack", this.name]);
    if (code !== 0) throw new Error(output);
    return JSON.parse(output) as Outputs;
  }

  /** The engine's state of this stack, as it lies on the disk. */
  get stateFile(): string {
    return join(this.state, "pulumi/.pulumi/stacks", PROJECT, `${this.name}.json`);
  }

  async place(): Promise<Place> {
    const owner = await readOwner(this.folder);
    if (!owner) throw new Error(`${this.folder} holds no cluster`);
    const { clusterId, name, ports } = owner;
    return {
      folder: this.folder,
      backupFolder: join(this.state, "backups", `${name}-${clusterId}`),
      clusterId,
      name,
      ports,
    };
  }

  /** What an application needs to connect, with the server verified. */
  async connection(way: Way = "writer"): Promise<ClientConfig> {
    const { database, username, password, caCertificate, writer, reader, endpoints } = await this.outputs();
    return {
      ...{ writer, reader, ...endpoints }[way],
      database,
      user: username,
      password,
      ssl: { ca: caCertificate, rejectUnauthorized: true },
      connectionTimeoutMillis: 5_000,
    };
  }

  /** One statement as the application, by one of the ways in. */
  async query<R extends QueryResultRow>(way: Way, sql: string, values: unknown[] = []): Promise<R[]> {
    return query<R>(await this.connection(way), sql, values);
  }

  /** One statement as the superuser on a member, through its unix socket. */
  async onMember<R extends QueryResultRow>(member: string, sql: string, database?: string): Promise<R[]> {
    const work = async (client: Client) => (await client.query<R>(sql)).rows;
    return onMember(await this.place(), member, work, database);
  }

  /**
   * Leaves neither process nor folder, as a power cut and a new disk would: in order it would take longer, and nobody wants
   * the data. How `destroy` does it is for the tests that say so.
   */
  async dispose(): Promise<void> {
    const place = await this.place().catch(() => undefined);
    if (place) await killCluster(place);
    const beside = readdirSync(CLUSTERS).filter((name) => name.startsWith(basename(this.folder)));
    for (const folder of [...beside.map((name) => join(CLUSTERS, name)), this.home]) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  private async run(verb: Verb, args: readonly string[]): Promise<Ran> {
    const { child, ended } = this.start(verb, ...args);
    child.stdin?.end();
    return ended;
  }

  private spawn(args: readonly string[], cwd: string) {
    const child = spawn(this.pulumi, args, {
      cwd,
      env: this.environment,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.stdin.on("error", () => {}); // it may end without reading
    const ended = new Promise<{ code: number; output: string }>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code: code ?? -1, output }));
    });
    return { child: child as ChildProcess, ended };
  }
}

/** One statement over a connection of its own. */
export async function query<R extends QueryResultRow>(
  config: ClientConfig,
  sql: string,
  values: unknown[] = [],
): Promise<R[]> {
  const client = new PgClient(config);
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<R>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

interface EngineEvent {
  readonly resOutputsEvent?: {
    readonly metadata: { readonly type: string; readonly new?: { readonly outputs?: Outputs } };
  };
  readonly resourcePreEvent?: {
    readonly metadata: { readonly op: string; readonly type: string };
  };
  readonly diagnosticEvent?: {
    readonly severity: string;
    readonly message: string;
    readonly ephemeral?: boolean;
  };
  readonly summaryEvent?: {
    readonly resourceChanges: Readonly<Record<string, number>>;
  };
}

type Told = Pick<Ran, "changes" | "operations" | "diagnostics"> & { readonly outputs: Outputs | undefined };

function readEvents(log: string): Told {
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  // A killed engine may leave half a line.
  const events = lines.flatMap((line): EngineEvent[] => {
    try {
      return [JSON.parse(line) as EngineEvent];
    } catch {
      return [];
    }
  });
  const steps = events.flatMap(({ resourcePreEvent }) => (resourcePreEvent ? [resourcePreEvent.metadata] : []));
  const stack = events.findLast(({ resOutputsEvent: told }) => told?.metadata.type === "pulumi:pulumi:Stack");
  return {
    outputs: stack?.resOutputsEvent?.metadata.new?.outputs,
    changes: events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent?.resourceChanges ?? {},
    operations: Object.fromEntries(
      steps.filter(({ op }) => op !== "same").map(({ op, type }) => [type.split(":").pop() ?? type, op]),
    ),
    diagnostics: events.flatMap(({ diagnosticEvent: said }) =>
      said && !said.ephemeral && /^(warning|error)$/.test(said.severity) ? [said.message.trim()] : [],
    ),
  };
}
