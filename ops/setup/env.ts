import { Command } from "commander";
import { LineReporter } from "../../components/local/tools/reporter";
import { exportLines } from "./environment";
import { main, openSession } from "./session";

const command = new Command("npm run -s env --")
  .description('Prints what a shell needs so that `pulumi` typed by hand works: eval "$(npm run -s env)".')
  .option("-s, --stack <name>", "the stack whose file is to be made ready", "local")
  .parse();

main(async () => {
  // Standard output is for the shell alone.
  const { environment } = await openSession(new LineReporter(), command.opts<{ stack: string }>().stack);
  process.stdout.write(exportLines(environment));
  return 0;
});
