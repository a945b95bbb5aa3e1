import tab from "@bomb.sh/tab/commander";
import { Command } from "commander";
import { commands } from "../cli/commands";

/** Answers the script that `completion` has printed. @param words what stands after `license-db`, the last one unfinished. */
export async function complete(words: readonly string[]): Promise<void> {
  const program = new Command("license-db");
  for (const entry of Object.values(commands)) program.addCommand(brief((await entry.load()).command()));
  const known = tab(program);
  // The library's own, in place of which there is `completion`.
  known.commands.delete("complete");
  known.parse([...words]);
}

/** A line for each command is what shells show, and what they can read. */
function brief(command: Command): Command {
  for (const inner of command.commands) brief(inner);
  return command.description(command.summary() || (command.description().split("\n")[0] ?? ""));
}
