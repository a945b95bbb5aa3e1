import { Command, InvalidArgumentError, Option } from "commander"; // Parses the command line.
import type { Reporter } from "../../components/local/tools/reporter";
import { confirm } from "./confirm";
import { EXIT, OperationError } from "./exit";
import { withOperationLock } from "./lock";
import { print, type Result, reporter } from "./out";
import { openStack, type Stack } from "./stack";

export interface CommonOptions {
  readonly stack: string;
  readonly json: boolean;
}

/** What an operation works with. */
export interface Context<Options> {
  readonly stack: Stack;
  readonly options: Options & CommonOptions;
  /** Progress, on standard error; silent with --json where standard error is no terminal. */
  readonly report: Reporter;
  /** Aborted by Ctrl-C and SIGTERM: the operation ends in good order (a second one ends it at once). */
  readonly signal: AbortSignal;
  /** Ends the operation unless the stack's name is typed, or was given with --confirm. */
  confirm(consequences: readonly string[]): Promise<void>;
}

export interface Settings<Options, Arguments extends readonly unknown[]> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What a user has to know before the first use. */
  readonly description?: string;
  /** Commander's notation, each with what it is: ["<file>", "where it goes"]. */
  readonly arguments?: readonly (readonly [flags: string, description: string])[];
  readonly options?: readonly Option[];
  /** Command lines after `npx license-db`, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** It changes something: one operator at a time, --confirm and --dry-run are there. */
  readonly changes?: boolean;
  run(context: Context<Options>, ...given: Arguments): Promise<Result>;
}

/** A command on one stack that is up. */
export function operation<Options = object, Arguments extends readonly unknown[] = []>(
  settings: Settings<Options, Arguments>,
): Command {
  const command = new Command(settings.name)
    .summary(settings.summary)
    .description(settings.description ?? settings.summary)
    .addOption(new Option("-s, --stack <name>", "the stack").default("local").env("LICENSE_DB_STACK"))
    .addOption(new Option("--json", "print the result as JSON").default(false))
    .addHelpText("after", examples(settings.examples));
  for (const [flags, description] of settings.arguments ?? []) command.argument(flags, description);
  for (const option of settings.options ?? []) command.addOption(option);
  if (settings.changes) {
    command
      .option("--dry-run", "say what would be done, and do nothing")
      .option("--confirm <stack>", "the stack's name, where nobody is there to type it");
  }
  return command.action(async (...given: unknown[]) => {
    const options = given.at(-2) as Options & CommonOptions & { readonly confirm?: string; readonly dryRun?: boolean };
    const args = given.slice(0, -2) as unknown as Arguments;
    const stack = await openStack(options.stack);
    const aborted = abortOnSignal();
    const context: Context<Options> = {
      stack,
      options,
      report: reporter(options.json && !process.stderr.isTTY),
      signal: aborted.signal,
      confirm: (consequences) => confirm(stack.name, consequences, options.confirm),
    };
    const work = () => settings.run(context, ...args);
    try {
      const alone = settings.changes && !options.dryRun;
      const result = await (alone ? withOperationLock(stack, commandPath(command), work) : work());
      print(result, options.json);
      process.exitCode = result.well === false ? EXIT.found : EXIT.ok;
    } finally {
      aborted.end();
    }
  });
}

const commandPath = (command: Command): string =>
  [command.parent?.parent ? command.parent.name() : undefined, command.name()].filter(Boolean).join(" ");

const examples = (lines: Settings<never, never>["examples"]): string =>
  `\nExamples:\n${lines.map(([line, does]) => `  npx license-db ${line}\n      ${does}`).join("\n")}\n`;

function abortOnSignal(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(EXIT.unfinished);
    controller.abort(new OperationError(EXIT.unfinished, `Interrupted by ${signal}.`));
  };
  process.on("SIGINT", abort).on("SIGTERM", abort);
  return {
    signal: controller.signal,
    end() {
      process.off("SIGINT", abort).off("SIGTERM", abort);
    },
  };
}

/** For options that are counts. */
export const count =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
