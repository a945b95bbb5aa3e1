import { ensureLocalTools } from "../../components/local/tools";
import { main, openSession } from "./session";
import { table } from "./table";
import { reporterForHere } from "./terminal";

/** Finds or fetches everything, looking afresh at what was found before. */
main(async () => {
  const report = reporterForHere();
  const { engine } = await openSession(report, "local", true);
  const tools = process.platform === "linux" ? (await ensureLocalTools(report, true)).found : [];
  const rows = [engine, ...tools].map(({ name, version, source, path }) => [name, version, source, path]);
  process.stdout.write(`\n${table([["tool", "version", "how it was had", "path"], ...rows])}\n`);
  return 0;
});
