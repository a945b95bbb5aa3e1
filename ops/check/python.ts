import { readFileSync, writeFileSync } from "node:fs";
import { type Diagnostic, PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs"; // linter and formatter of Python, as WebAssembly

const ruff = new Workspace(
  {
    "line-length": 120,
    "target-version": "py39",
    // B008: the defaults that are calls make frozen values.
    lint: { select: ["E", "F", "W", "I", "B", "UP", "C4", "SIM", "RUF"], ignore: ["B008"] },
    format: { "quote-style": "double" },
  },
  PositionEncoding.Utf16,
);

/** What is wrong with one file, as `name:row:column what`; `write` formats it instead of complaining. */
export function checkPython(file: string, name: string, write: boolean): string[] {
  const text = readFileSync(file, "utf8");
  const found = (ruff.check(text) as Diagnostic[]).map(({ code, message, start_location: at }) => {
    return `${name}:${at.row}:${at.column} ${message} [${code ?? "syntax"}]`;
  });
  const formatted = ruff.format(text);
  if (formatted === text) return found;
  if (!write) return [...found, `${name} is not formatted: npm run format`];
  writeFileSync(file, formatted);
  return found;
}
