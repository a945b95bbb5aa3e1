import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "../../components/local/tools/command";
import { stateFolder } from "../../components/local/tools/folders";
import type { Reporter } from "../../components/local/tools/reporter";
import type { FoundTool } from "../../components/local/tools/ways";
import { dropDeadLocks } from "./deadLocks";
import { ensureEngine, missingOnPath } from "./engine";
import { applyTo, type PulumiEnvironment, prepareState, pulumiEnvironment, readCredentials } from "./environment";
import { hideSalt } from "./git";
import { ensureSalt, vendorIn } from "./stackFile";

/** The project's folder: where Pulumi.yaml is. */
export const ROOT = resolve(__dirname, "../..");
const PROJECT = "license-db";

/** An engine and the environment it runs in. */
export interface Session {
  readonly engine: FoundTool;
  readonly environment: PulumiEnvironment;
  readonly state: string;
}

/** Has the engine, the state's folder, the passphrase, and the stack's salt. Cheap when they are there. */
export async function openSession(report: Reporter, stack: string, fresh = false): Promise<Session> {
  const engine = await ensureEngine(report, fresh);
  const state = stateFolder();
  const path = missingOnPath(engine, process.env.PATH ?? "");
  const environment = pulumiEnvironment(process.env, state, path, readCredentials());
  prepareState(environment, state);
  const session = { engine, environment, state };
  dropLocks(session, stack, report);
  await prepareSalt(session, stack, report);
  return session;
}

function dropLocks({ environment }: Session, stack: string, report: Reporter): void {
  if (environment.backend === undefined) {
    return;
  }
  for (const pid of dropDeadLocks(environment.backend, PROJECT, stack.slice(stack.lastIndexOf("/") + 1))) {
    report.note(
      `The last run of the engine on stack ${stack} (process ${pid}) was killed; this one goes on from there.`,
    );
  }
}

/** Only with a state of our own: on a shared backend the salt is the team's, and committing it is right. */
async function prepareSalt(session: Session, stack: string, report: Reporter): Promise<void> {
  const state = stateFile(session, stack);
  if (state === undefined) {
    return;
  }
  const file = stackFile(stack);
  if (ensureSalt(file, saltIn(state), readPassphrase(applyTo(process.env, session.environment)))) {
    const complaint = await hideSalt(ROOT, file);
    if (complaint !== undefined) {
      report.note(`git may show ${file} as changed, for its salt: ${complaint}`);
    }
  }
}

interface Snapshot {
  readonly secrets_providers?: { readonly type?: string; readonly state?: { readonly salt?: string } };
  readonly pending_operations?: readonly unknown[];
}

function snapshot(state: string | undefined): Snapshot | undefined {
  if (state === undefined || !existsSync(state)) {
    return undefined;
  }
  return (JSON.parse(readFileSync(state, "utf8")) as { checkpoint?: { latest?: Snapshot } }).checkpoint?.latest;
}

const saltIn = (state: string): string | undefined => snapshot(state)?.secrets_providers?.state?.salt;

/** Whether a run that was killed left operations whose end the engine does not know. */
export function leftPending(session: Session, stack: string): boolean {
  return (snapshot(stateFile(session, stack))?.pending_operations ?? []).length > 0;
}

/** As the engine reads it. */
function readPassphrase(env: Readonly<Record<string, string | undefined>>): string {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = env;
  return PULUMI_CONFIG_PASSPHRASE ?? readFileSync(PULUMI_CONFIG_PASSPHRASE_FILE ?? "", "utf8").trim();
}

export function stackFile(stack: string): string {
  // A stack of a shared backend may be written organization/project/stack.
  return join(ROOT, `Pulumi.${stack.slice(stack.lastIndexOf("/") + 1)}.yaml`);
}

export function isLocal(stack: string): boolean {
  return (vendorIn(stackFile(stack)) ?? (stack === "local" ? "local" : "")) === "local";
}

/** The file of a stack's state; undefined when another backend keeps it. */
function stateFile(session: Session, stack: string): string | undefined {
  const { backend } = session.environment;
  return backend && join(backend, ".pulumi/stacks", PROJECT, `${stack.slice(stack.lastIndexOf("/") + 1)}.json`);
}

/** Whether the stack is there; undefined when that is for its backend to know. */
export function stackExists(session: Session, stack: string): boolean | undefined {
  // Asking the engine would take a third of a second.
  const file = stateFile(session, stack);
  return file === undefined ? undefined : existsSync(file);
}

/** Makes the stack where it is missing, and selects it. */
export async function ensureStack(session: Session, stack: string): Promise<void> {
  const exists = stackExists(session, stack);
  if (exists) {
    return;
  }
  const args = exists === false ? ["stack", "init", stack] : ["stack", "select", "--create", stack];
  const code = await pulumi(session, args);
  if (code !== 0) {
    process.exit(code);
  }
}

/** Runs the engine on this terminal; its exit code. */
export async function pulumi(session: Session, args: readonly string[]): Promise<number> {
  const child = spawn(session.engine.path, args, {
    cwd: ROOT,
    env: applyTo(process.env, session.environment),
    stdio: "inherit",
  });
  // The terminal sends Ctrl-C to the engine, too, which then ends in good order; we outlive it.
  const wait = () => undefined;
  const passOn = () => child.kill("SIGTERM");
  process.on("SIGINT", wait).on("SIGTERM", passOn);
  try {
    return await new Promise<number>((done, fail) => {
      child.once("error", fail);
      child.once("close", (code, signal) => done(code ?? (signal === "SIGINT" ? 130 : 1)));
    });
  } finally {
    process.off("SIGINT", wait).off("SIGTERM", passOn);
  }
}

/** The stack's outputs, secrets blinded; undefined when there are none yet. */
export async function outputs(session: Session, stack: string): Promise<Record<string, unknown> | undefined> {
  try {
    return await readOutputs(session, stack, []);
  } catch {
    return undefined;
  }
}

/** The stack's outputs, secrets in plain text: never to be printed whole. Throws what the engine says. */
export const secretOutputs = (session: Session, stack: string): Promise<Record<string, unknown>> =>
  readOutputs(session, stack, ["--show-secrets"]);

async function readOutputs(session: Session, stack: string, more: string[]): Promise<Record<string, unknown>> {
  const command = [session.engine.path, "-C", ROOT, "stack", "output", "--json", "--stack", stack, ...more];
  const said = await run(command, {
    env: applyTo(process.env, session.environment),
    label: "pulumi stack output",
  });
  return JSON.parse(said) as Record<string, unknown>;
}

/** Ends a command on an error the way people can read it: without a stack trace. */
export function main(work: () => Promise<number>): void {
  work().then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
