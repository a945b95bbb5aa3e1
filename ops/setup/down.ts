import { join } from "node:path";
import { Command } from "commander";
import { isLocal, main, openSession, pulumi, stackExists } from "./session";
import { reporterForHere } from "./terminal";

const command = new Command("npm run down --")
  .description("Destroys what `npm run up` made. Backups stay.")
  .option("-s, --stack <name>", "the stack", "local")
  .argument("[options...]", "passed on to `pulumi destroy`")
  .allowUnknownOption()
  .parse();

main(async () => {
  const { stack } = command.opts<{ stack: string }>();
  const session = await openSession(reporterForHere(), stack);
  if (stackExists(session, stack) === false) {
    process.stdout.write(`There is no stack ${stack}: nothing to destroy.\n`);
    return 0;
  }
  const local = isLocal(stack);
  const given = [...(local ? ["--yes", "--skip-preview"] : []), ...command.args];
  const code = await pulumi(session, ["destroy", "--stack", stack, ...new Set(given)]);
  if (code === 0 && local) {
    process.stdout.write(
      `\nThe database is gone; its backups stay, in ${join(session.state, "backups")} unless license-db:local says ` +
        "otherwise. RESTORE.txt there tells how to get the data back.\n",
    );
  }
  return code;
});
