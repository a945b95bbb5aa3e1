import { Command, CommanderError } from "commander";
import { commands } from "./commands";
import { EXIT, OperationError } from "./exit";

async function main(args: readonly string[]): Promise<void> {
  // What the shell's completion asks; no command of the operator's.
  if (args[0] === "complete")
    return (await import("../completion/complete")).complete(args.slice(args.indexOf("--") + 1));
  const program = new Command("npx license-db")
    .description("Operates a license database that `pulumi up` has made: any vendor's, from the stack's outputs.")
    .exitOverride()
    // A command may have options and commands of its own that take the same ones.
    .enablePositionalOptions()
    .showSuggestionAfterError();
  const called = args.find((arg) => !arg.startsWith("-"));
  const entry = called === undefined ? undefined : commands[called];
  if (entry) program.addCommand(prepared((await entry.load()).command()));
  else for (const [name, { summary }] of Object.entries(commands)) program.command(name).summary(summary);
  await program.parseAsync([...args], { from: "user" });
}

/** Its mistakes end the way the program's own do. */
function prepared(command: Command): Command {
  command.exitOverride().showHelpAfterError("(--help tells what there is)");
  for (const inner of command.commands) prepared(inner);
  return command;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; help that was asked for is no mistake.
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return;
  }
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof OperationError ? error.exitCode : EXIT.failed;
});
