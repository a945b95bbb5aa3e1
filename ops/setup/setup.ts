import { ensureLocalTools, ensureMonitoringTools } from "../../components/local/tools";
import { main, openSession } from "./session";
import { table } from "./table";
import { reporterForHere } from "./terminal";

/** Finds or fetches everything, looking afresh at what was found before. */
main(async () => {
  const report = reporterForHere();
  const { engine } = await openSession(report, "local", true);
  const linux = process.platform === "linux";
  const tools = linux ? (await ensureLocalTools(report, true)).found : [];
  // A cluster runs without its monitoring, too: `up` says so.
  const watching = linux
    ? await ensureMonitoringTools(report, true).then(
        ({ found }) => found,
        (error: Error) => error.message,
      )
    : [];
  const rows = [engine, ...tools, ...(typeof watching === "string" ? [] : watching)].map(
    ({ name, version, source, path }) => [name, version, source, path],
  );
  process.stdout.write(`\n${table([["tool", "version", "how it was had", "path"], ...rows])}\n`);
  if (typeof watching === "string") process.stdout.write(`\nNo monitoring:\n${watching}\n`);
  return 0;
});
