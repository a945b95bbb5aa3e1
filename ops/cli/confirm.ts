import { createInterface } from "node:readline/promises";
import { EXIT, OperationError } from "./exit";

/** Says what is about to happen, and has the stack's name typed. `given`: typed on the command line already. */
export async function confirm(
  stack: string,
  consequences: readonly string[],
  given: string | undefined,
): Promise<void> {
  if (given === stack) return;
  const text = consequences.map((line) => `  ${line}`).join("\n");
  if (given !== undefined) throw unconfirmed(stack, text, `--confirm says "${given}", the stack is "${stack}".`);
  if (!process.stdin.isTTY) {
    throw unconfirmed(stack, text, `Nobody is there to ask: say --confirm ${stack}, or look first with --dry-run.`);
  }
  process.stderr.write(`This will, on stack ${stack}:\n${text}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await terminal.question("Type the stack's name to go on: ");
    if (typed.trim() !== stack) throw unconfirmed(stack, text, "That is not its name.");
  } finally {
    terminal.close();
  }
}

const unconfirmed = (stack: string, text: string, why: string): OperationError =>
  new OperationError(EXIT.unconfirmed, `Nothing was done. It would, on stack ${stack}:\n${text}\n${why}`);
