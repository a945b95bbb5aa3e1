import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { LineReporter } from "../../components/local/tools/reporter";
import { applyTo } from "../setup/environment";
import { main, openSession, ROOT } from "../setup/session";
import { judge, passes } from "./judge";
import { readNames } from "./names";
import { readPreview } from "./preview";
import { report } from "./report";

interface Options {
  readonly stack: string;
  readonly from?: string;
  readonly allowDestroy: readonly string[];
  readonly allowFile?: string;
}

const command = new Command("npm run gate --")
  .description(
    "Previews a stack and says no where that would replace or delete something that holds data. " +
      "Ends with 0 where the gate is open, 1 where it is shut, 2 where there is no preview to judge.",
  )
  .option("-s, --stack <name>", "the stack", "local")
  .option("--from <file>", "judge this preview (`pulumi preview --json --show-replacement-steps`); - is standard input")
  .option("--allow-destroy <urn>", "this one may be lost, in this change (repeatable)", collect, [])
  .option("--allow-file <file>", "URNs that may be lost, one a line; # begins a comment")
  .argument("[options...]", "passed on to `pulumi preview`")
  .allowUnknownOption()
  .parse();

main(async () => {
  const { stack, from, allowDestroy, allowFile } = command.opts<Options>();
  let text: string;
  try {
    text = from === undefined ? await preview(stack, command.args) : readFileSync(from === "-" ? 0 : from, "utf8");
    const names = [...allowDestroy, ...(allowFile === undefined ? [] : readNames(readFileSync(allowFile, "utf8")))];
    const decision = judge(readPreview(text), names);
    process.stdout.write(report(decision));
    return passes(decision) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
});

/** What the engine tells of a preview, event by event; its own words go to standard error. */
async function preview(stack: string, more: readonly string[]): Promise<string> {
  const session = await openSession(new LineReporter(), stack);
  const args = ["preview", "--stack", stack, "--json", "--show-replacement-steps", "--non-interactive", ...more];
  const child = spawn(session.engine.path, args, {
    cwd: ROOT,
    // The digest leaves out steps that the events tell of.
    env: { ...applyTo(process.env, session.environment), PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    said += part;
  });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => {
      if (said.trim() === "") fail(new Error(`the engine ended with ${code} before it told anything`));
      else done(said);
    });
  });
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
