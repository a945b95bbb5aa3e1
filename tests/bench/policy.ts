import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../ops/setup/session";
import { policies } from "../../policy/pack";
import { analyze, analyzeStack, type Shown } from "../policy/support/engine";
import { runProgram, Secret } from "../support/program";
import { expectations } from "../support/vendors";
import { cpuOf } from "./cpu";
import { type Figure, median, render } from "./figures";

/** A pack that judges nothing: what the engine and its SDK take for any pack. */
const EMPTY = 'const { PolicyPack } = require("@pulumi/policy"); new PolicyPack("empty", { policies: [] });';

/** What the policy pack adds to a preview: its start, and its time for each resource. */
async function policyFigures(runs: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "license-db-bench-"));
  try {
    writeFileSync(join(folder, "main.js"), EMPTY);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", version: "1.0.0", main: "main.js" }));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const pairs: { readonly empty: number; readonly ours: number }[] = [];
    for (let run = 0; run < runs; run++) {
      pairs.push({ empty: await startUp(folder), ours: await startUp(join(ROOT, "policy")) });
    }
    const empty = pairs.map((pair) => pair.empty);
    const shown = await production();
    const each: number[] = [];
    for (let run = 0; run < runs; run++) each.push(await perResource(shown));
    return [
      { name: "policy pack: start, any pack", unit: "s", values: empty, goal: "-", note: "CPU: Node, Pulumi's SDK" },
      {
        name: "policy pack: start, beyond that",
        unit: "s",
        values: pairs.map((pair) => Math.max(0, pair.ours - pair.empty)),
        goal: "-",
        note: "CPU: compiling and loading the rules",
      },
      {
        name: "policy pack: production on AWS",
        unit: "s",
        values: each,
        goal: "-",
        note: `CPU for all rules on ${shown.length} resources, one by one and together; the first is cold, as in a preview`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Seconds of CPU until a pack says where it listens. */
async function startUp(pack: string): Promise<number> {
  const script = join(ROOT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
  const child = spawn(process.execPath, [script, "127.0.0.1:1", "."], { cwd: pack, stdio: ["ignore", "pipe", "pipe"] });
  try {
    await listening(child, pack);
    return cpuOf(child.pid ?? 0) / 1e6;
  } finally {
    child.kill();
  }
}

function listening(child: ChildProcess, pack: string): Promise<void> {
  let said = "";
  return new Promise((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.stderr?.on("data", (chunk: Buffer) => {
      said += String(chunk);
    });
    child.once("exit", (code) => reject(new Error(`the pack in ${pack} ended with ${code}: ${said}`)));
  });
}

async function perResource(shown: readonly Shown[]): Promise<number> {
  const pack = policies({ preview: true, stack: "prod" });
  const before = process.cpuUsage();
  for (const one of shown) await analyze(pack, one);
  await analyzeStack(pack, shown);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** What a preview of production shows a pack. */
async function production(): Promise<readonly Shown[]> {
  const { aws } = expectations;
  if (!aws) throw new Error("tests/support/vendors.ts lacks aws");
  const { configuration, settings = {}, outputs } = aws;
  const run = { stack: "prod", configuration: { vendor: "aws", ...configuration }, settings, outputs, preview: true };
  const { resources } = await runProgram(run);
  return resources
    .filter(({ custom }) => custom)
    .map(({ type, name, inputs }) => ({ type, name, props: opened(inputs) as Record<string, unknown> }));
}

function opened(value: unknown): unknown {
  if (value instanceof Secret) return opened(value.value);
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, opened(inner)]));
}

async function main(): Promise<void> {
  const figures = await policyFigures(Number(process.env.BENCH_RUNS ?? 5));
  const folder = join(ROOT, "bench-results");
  mkdirSync(folder, { recursive: true });
  const results = figures.map((figure) => ({ ...figure, median: median(figure.values) }));
  writeFileSync(join(folder, "policy.json"), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`\n${render(figures)}\n\nbench-results/policy.json has the figures.\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
