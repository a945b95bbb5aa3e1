import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { functionCode } from "../../components/aws/function/bundle";
import { silent } from "../../components/local/tools/reporter";
import type { VendorName } from "../../components/spec/spec";
import { readPreview } from "../../ops/gate/preview";
import { Offline } from "../../ops/policy/offline";
import { targets } from "../../ops/policy/targets";
import { ROOT } from "../../ops/setup/session";
import { runProgram } from "../support/program";
import { expectations } from "../support/vendors";
import { type Figure, median, render } from "./figures";
import { flatProgram, ownProviders } from "./flatProgram";

const execute = promisify(execFile);
const RUNS = Number(process.env.BENCH_RUNS ?? 5);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

type Cloud = Exclude<VendorName, "local">;
const CLOUDS: readonly Cloud[] = ["aws", "alicloud"];

/** Production as the repository has it, for nobody's account: the providers call nobody. */
function production(vendor: Cloud): Promise<Offline> {
  const target = targets.find((one) => one.vendor === vendor && one.stack === "prod");
  if (!target) throw new Error(`ops/policy/targets.ts has no prod on ${vendor}`);
  return Offline.open(target, silent);
}

/** A folder with a program that registers what production does, written out, one statement a resource. */
async function flatFolder(vendor: Cloud, { config }: Offline): Promise<string> {
  const own = Object.entries(config).map(([key, value]) => [key.split(":"), value] as const);
  const { resources } = await runProgram({
    stack: "prod",
    configuration: Object.fromEntries(
      own.flatMap(([[of, key = ""], value]) => (of === "license-db" ? [[key, value]] : [])),
    ),
    settings: Object.fromEntries(
      own.flatMap(([[of, key], value]) => (of === "license-db" ? [] : [[`${of}:${key}`, String(value)]])),
    ),
    outputs: expectations[vendor]?.outputs ?? {},
  });
  const folder = mkdtempSync(join(tmpdir(), "license-db-flat-"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const providers = [...ownProviders].map(([name, path]) => ({ name, path }));
  const project = { name: "license-db", runtime: "nodejs", main: "index.ts", plugins: { providers } };
  writeFileSync(join(folder, "Pulumi.yaml"), stringify(project));
  writeFileSync(join(folder, "package.json"), '{ "name": "flat" }\n');
  const compilerOptions = { target: "ES2022", module: "commonjs", moduleResolution: "bundler", esModuleInterop: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  writeFileSync(join(folder, "function.js"), await functionCode());
  for (const [name, content] of Object.entries(flatProgram(resources))) writeFileSync(join(folder, name), content);
  return folder;
}

/** `pulumi preview` of production, of this program and of the flat one, in turns. @returns this / flat. */
async function previewRatio(vendor: Cloud): Promise<Figure> {
  const stack = await production(vendor);
  const flat = await flatFolder(vendor, stack);
  const time = async (folder: string) => {
    const began = performance.now();
    const { stdout, stderr, code } = await stack.preview(["--cwd", folder]);
    const seconds = (performance.now() - began) / 1000;
    const { steps, failures } = readPreview(stdout);
    if (code !== 0 || failures.length > 0) throw new Error([stderr, ...failures].join("\n"));
    return { seconds, count: steps.filter(({ op }) => op === "create").length };
  };
  try {
    const values: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const flatly = await time(flat);
      const own = await time(ROOT);
      // Ours has one more: the component.
      if (own.count !== flatly.count + 1)
        throw new Error(`${own.count} resources, not ${flatly.count} and the component`);
      say(`  ${own.seconds.toFixed(2)} / ${flatly.seconds.toFixed(2)} s`);
      // The first ones fill caches.
      if (run > 0) values.push(own.seconds / flatly.seconds);
    }
    return {
      name: `preview of prod on ${vendor}: this program / the same resources written out`,
      unit: "ratio",
      values,
      goal: "<= 1.05",
    };
  } finally {
    stack.close();
    rmSync(flat, { recursive: true });
  }
}

/** Many clusters in one program, under mocks: what one costs, in time and memory. */
async function manyClusters(vendor: Cloud): Promise<Figure[]> {
  const cost = async (count: number) => {
    const script = join(ROOT, "tests/bench/manyClusters.ts");
    const { stdout } = await execute(
      process.execPath,
      ["--expose-gc", "--import", "tsx", script, vendor, String(count)],
      {
        cwd: ROOT,
        maxBuffer: 2 ** 28,
      },
    );
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { seconds: number; megabytes: number };
  };
  const counts = [1, 10, 100];
  const costs = [];
  for (const count of counts) {
    const one = await cost(count);
    say(`  ${count}: ${one.seconds.toFixed(2)} s, ${one.megabytes.toFixed(0)} MB`);
    costs.push({ seconds: one.seconds / count, megabytes: one.megabytes / count });
  }
  const note = `of ${counts.join(", ")} clusters on ${vendor}`;
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

/** The type check of the whole project, as `npm run check` does it. */
async function typeCheck(): Promise<Figure[]> {
  const seconds: number[] = [];
  const megabytes: number[] = [];
  for (let run = 0; run < Math.min(RUNS, 3); run++) {
    const compiler = join(ROOT, "node_modules/typescript-7/bin/tsc");
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

const benches: Readonly<Record<string, (vendor: Cloud) => Promise<Figure[]>>> = {
  preview: async (vendor) => [await previewRatio(vendor)],
  clusters: manyClusters,
};

/** `bench:clouds`, or `bench:clouds -- alicloud clusters types`: clouds, and what to measure. */
async function main(asked: readonly string[]): Promise<void> {
  const unknown = asked.filter((word) => word !== "types" && !benches[word] && !CLOUDS.some((cloud) => cloud === word));
  if (unknown.length > 0) {
    throw new Error(
      `no bench ${unknown.join(", ")}: there are ${[...Object.keys(benches), "types"].join(", ")}, of ${CLOUDS.join(", ")}`,
    );
  }
  const clouds = CLOUDS.filter((cloud) => asked.includes(cloud));
  const kinds = asked.filter((word) => benches[word] || word === "types");
  const wanted = (kind: string): boolean => kinds.length === 0 || kinds.includes(kind);
  const figures: Figure[] = [];
  for (const cloud of clouds.length > 0 ? clouds : CLOUDS) {
    for (const [name, bench] of Object.entries(benches).filter(([name]) => wanted(name))) {
      say(`${name} of ${cloud}`);
      figures.push(...(await bench(cloud)));
    }
  }
  if (wanted("types")) {
    say("types");
    figures.push(...(await typeCheck()));
  }
  const folder = join(ROOT, "bench-results");
  mkdirSync(folder, { recursive: true });
  const results = figures.map((figure) => ({ ...figure, median: median(figure.values) }));
  writeFileSync(join(folder, "clouds.json"), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`\n${render(figures)}\n\nbench-results/clouds.json has the figures.\n`);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
