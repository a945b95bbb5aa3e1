import { spawn } from "node:child_process";
import { runUser } from "../../tools";
import { localTools } from "./tools";

export interface RunOptions {
  /** Given to the command's standard input: the way in for anything secret. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; the command is killed after. Default two minutes. */
  readonly timeout?: number;
  readonly cwd?: string;
  /** Called with each line the command prints. */
  readonly onLine?: (line: string) => void;
  /** Ends the command, in good order, when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Milliseconds; a timer that is set to more fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A command that ended badly. */
export class CommandError extends Error {
  constructor(
    readonly command: string,
    readonly code: number | null,
    readonly output: string,
  ) {
    super(`${command} ended with ${code === null ? "a signal" : `exit code ${code}`}:\n${output.trim().slice(-2000)}`);
  }
}

/** Runs a command as the database's OS user and gives back what it printed. Throws `CommandError`. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const user = runUser();
  const tools = await localTools();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? "/",
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LANG: "C.UTF-8", ...tools.env, ...options.env },
      ...(user.drop ? { uid: user.uid, gid: user.gid } : {}),
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    let printed = "";
    let rest = "";
    const timer = setTimeout(() => child.kill("SIGKILL"), Math.min(options.timeout ?? 120_000, LONGEST_TIMER));
    const abort = () => child.kill("SIGTERM");
    if (options.signal?.aborted) abort();
    options.signal?.addEventListener("abort", abort);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      output += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      if (options.onLine) for (const line of lines) if (line.trim()) options.onLine(line.trim());
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
      if (options.onLine && rest.trim()) options.onLine(rest.trim());
      if (code === 0) resolve(printed);
      else reject(new CommandError(command, code, output));
    });
    child.stdin.on("error", () => {}); // a command that ends before it has read its input says so by its exit code
    child.stdin.end(options.input ?? "");
  });
}
