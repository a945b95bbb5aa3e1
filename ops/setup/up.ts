import { Command } from "commander"; // Parses the commands' options.
import { ensureLocalTools } from "../../components/local/tools";
import { howToConnect } from "./connect";
import { ensureStack, isLocal, leftPending, main, openSession, outputs, pulumi } from "./session";
import { reporterForHere } from "./terminal";

const command = new Command("npm run up --")
  .description("Sets up what is missing and brings up a stack: `pulumi up` with everything it needs.")
  .option("-s, --stack <name>", "the stack", "local")
  .argument("[options...]", "passed on to `pulumi up`")
  .allowUnknownOption()
  .parse();

main(async () => {
  const { stack } = command.opts<{ stack: string }>();
  const report = reporterForHere();
  const session = await openSession(report, stack);
  const local = isLocal(stack);
  if (local) {
    // The provider would fetch them, too, but only here is a terminal to show it on.
    await ensureLocalTools(report);
  }
  await ensureStack(session, stack);
  if (local && leftPending(session, stack)) {
    // What was half made is gone on with by this run, so the engine may forget that it does not know how it ended.
    report.note("The last run was killed half-way; this one finishes what it began.");
    await pulumi(session, ["refresh", "--clear-pending-creates", "--yes", "--skip-preview", "--stack", stack]);
  }
  // Nothing on this machine costs money or is anybody else's: `local` needs no question. The clouds ask.
  const given = [...(local ? ["--yes", "--skip-preview"] : []), ...command.args];
  const code = await pulumi(session, ["up", "--stack", stack, ...new Set(given)]);
  if (code === 0) {
    const found = await outputs(session, stack);
    process.stdout.write(howToConnect(found ?? {}, stack, session.state));
  }
  return code;
});
