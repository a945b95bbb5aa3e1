import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { LineReporter, type Reporter } from "../../components/local/tools/reporter";
import { main, ROOT } from "../setup/session";
import { asJunit } from "./junit";
import { Offline } from "./offline";
import { type Outcome, outcomeOf, passes } from "./outcome";
import { asSarif } from "./sarif";
import { asMarkdown, asText, summary } from "./sentences";
import { type Target, targets } from "./targets";

const command = new Command("npm run policy --")
  .description(
    "Previews every stack of the repository on every cloud under the policy pack, without an account, and shows what " +
      "each rule says. Ends with 1 where a rule is violated or a stack cannot be judged.",
  )
  .option("-s, --stack <name>", "only this stack")
  .option("--vendor <name>", "only this vendor")
  .option("-o, --output <folder>", "where policy.sarif, policy.junit.xml and policy.md go", "policy-results")
  .parse();

main(async () => {
  const { stack, vendor, output } = command.opts<{ stack?: string; vendor?: string; output: string }>();
  const chosen = targets.filter((one) => one.stack === (stack ?? one.stack) && one.vendor === (vendor ?? one.vendor));
  if (chosen.length === 0) {
    throw new Error(
      `no stack is ${stack ?? "any"} on ${vendor ?? "any"}: there are ${targets.map(({ title }) => title).join(", ")}`,
    );
  }
  const report = new LineReporter();
  const outcomes: Outcome[] = [];
  for (const target of chosen) {
    const outcome = await check(target, report);
    outcomes.push(outcome);
    process.stdout.write(`${asText(outcome)}\n`);
  }
  write(resolve(ROOT, output), outcomes);
  process.stdout.write(`${outcomes.map(summary).join("\n")}\n`);
  return outcomes.every(passes) ? 0 : 1;
});

async function check(target: Target, report: Reporter): Promise<Outcome> {
  report.note(`- ${target.title} ...`);
  const offline = await Offline.open(target, report);
  const started = performance.now();
  try {
    const { code, stdout, stderr } = await offline.preview(["--policy-pack", join(ROOT, "policy")]);
    const seconds = (performance.now() - started) / 1000;
    const outcome = outcomeOf(target, stdout, code, seconds);
    return stdout.trim() === "" ? { ...outcome, failures: [...outcome.failures, stderr.trim()] } : outcome;
  } finally {
    offline.close();
  }
}

function write(folder: string, outcomes: readonly Outcome[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "policy.sarif"), `${JSON.stringify(asSarif(outcomes), null, 2)}\n`);
  writeFileSync(join(folder, "policy.junit.xml"), asJunit(outcomes));
  writeFileSync(join(folder, "policy.md"), asMarkdown(outcomes));
}
