import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { functionCode } from "../../components/aws/function/bundle";
import { ROOT } from "../../ops/setup/session";
import { AwsStack } from "../aws/support/stack";
import { expectations } from "../support/aws";
import { runProgram } from "../support/program";
import { type Figure, median, render } from "./figures";
import { flatProgram } from "./flatProgram";

const execute = promisify(execFile);
const RUNS = Number(process.env.BENCH_RUNS ?? 5);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Nobody answers there, and nobody is to be asked. */
const NOWHERE = "http://127.0.0.1:9";
const offline = { "aws:skipCredentialsValidation": "true", "aws:skipRequestingAccountId": "true" };

/** A folder with a program that registers what production does, written out, one statement a resource. */
async function flatFolder(): Promise<string> {
  const { resources } = await runProgram({
    stack: "prod",
    configuration: { vendor: "aws" },
    ...(expectations.settings ? { settings: expectations.settings } : {}),
    outputs: expectations.outputs,
  });
  const folder = mkdtempSync(join(tmpdir(), "license-db-flat-"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: license-db\nruntime: nodejs\nmain: index.ts\n");
  writeFileSync(join(folder, "package.json"), '{ "name": "flat" }\n');
  const compilerOptions = { target: "ES2022", module: "commonjs", moduleResolution: "bundler", esModuleInterop: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  writeFileSync(join(folder, "function.js"), functionCode());
  writeFileSync(join(folder, "index.ts"), flatProgram(resources));
  return folder;
}

/** `pulumi preview` of production, of this program and of the flat one, in turns. @returns this / flat. */
async function previewRatio(): Promise<Figure> {
  const flat = await flatFolder();
  const ours = await AwsStack.make("prod", NOWHERE, {}, offline);
  const other = await AwsStack.make("prod", NOWHERE, {}, offline);
  const time = async (stack: AwsStack, folder: string) => {
    const began = performance.now();
    const { code, output } = await stack.run("preview", ["--cwd", folder]);
    if (code !== 0) throw new Error(output);
    return { seconds: (performance.now() - began) / 1000, count: Number(/\+ (\d+) to create/.exec(output)?.[1]) };
  };
  try {
    const values: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const flatly = await time(other, flat);
      const own = await time(ours, ROOT);
      // Ours has one more: the component.
      if (own.count !== flatly.count + 1)
        throw new Error(`${own.count} resources, not ${flatly.count} and the component`);
      say(`  ${own.seconds.toFixed(2)} / ${flatly.seconds.toFixed(2)} s`);
      // The first ones fill caches.
      if (run > 0) values.push(own.seconds / flatly.seconds);
    }
    return {
      name: "preview of prod: this program / the same resources written out",
      unit: "ratio",
      values,
      goal: "<= 1.05",
    };
  } finally {
    ours.dispose();
    other.dispose();
    rmSync(flat, { recursive: true });
  }
}

/** Many clusters in one program, under mocks: what one costs, in time and memory. */
async function manyClusters(): Promise<Figure[]> {
  const cost = async (count: number) => {
    const script = join(ROOT, "tests/bench/manyClusters.ts");
    const { stdout } = await execute(process.execPath, ["--expose-gc", "--import", "tsx", script, String(count)], {
      cwd: ROOT,
      maxBuffer: 2 ** 28,
    });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { seconds: number; megabytes: number };
  };
  const counts = [1, 10, 100];
  const costs = [];
  for (const count of counts) {
    const one = await cost(count);
    say(`  ${count}: ${one.seconds.toFixed(2)} s, ${one.megabytes.toFixed(0)} MB`);
    costs.push({ seconds: one.seconds / count, megabytes: one.megabytes / count });
  }
  const note = `of ${counts.join(", ")} clusters`;
  return [
    {
      name: `time per cluster, ${note}`,
      unit: "s",
      values: costs.map(({ seconds }) => seconds),
      goal: "does not grow",
    },
    {
      name: `memory per cluster, ${note}`,
      unit: "MB",
      values: costs.map(({ megabytes }) => megabytes),
      goal: "does not grow",
    },
  ];
}

/** The type check of the whole project, as the compiler counts it. */
async function typeCheck(): Promise<Figure[]> {
  const seconds: number[] = [];
  const megabytes: number[] = [];
  for (let run = 0; run < Math.min(RUNS, 3); run++) {
    const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
    const { stdout } = await execute(process.execPath, [compiler, "-p", ROOT, "--extendedDiagnostics"]);
    seconds.push(Number(/Total time:\s+([\d.]+)s/.exec(stdout)?.[1]));
    megabytes.push(Number(/Memory used:\s+(\d+)K/.exec(stdout)?.[1]) / 1024);
    say(`  ${seconds.at(-1)?.toFixed(2)} s, ${megabytes.at(-1)?.toFixed(0)} MB`);
  }
  return [
    { name: "type check: time", unit: "s", values: seconds, goal: "< 6.8" },
    { name: "type check: memory", unit: "MB", values: megabytes, goal: "< 470" },
  ];
}

const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  preview: async () => [await previewRatio()],
  clusters: manyClusters,
  types: typeCheck,
};

async function main(asked: readonly string[]): Promise<void> {
  const chosen = asked.length > 0 ? asked : Object.keys(benches);
  const figures: Figure[] = [];
  for (const name of chosen) {
    const bench = benches[name];
    if (!bench) throw new Error(`no bench ${name}: there are ${Object.keys(benches).join(", ")}`);
    say(name);
    figures.push(...(await bench()));
  }
  const folder = join(ROOT, "bench-results");
  mkdirSync(folder, { recursive: true });
  const results = figures.map((figure) => ({ ...figure, median: median(figure.values) }));
  writeFileSync(join(folder, "aws.json"), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`\n${render(figures)}\n\nbench-results/aws.json has the figures.\n`);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
