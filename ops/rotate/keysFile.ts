import { readFile, stat } from "node:fs/promises";
import { refused } from "../cli/exit";
import type { Keys } from "./reencrypt";

const SHAPE = 'a JSON object of key ids and keys: {"2026": "32 bytes in base64"}';

/** What is wrong with keys, as sentences that hold none of them. */
export function keyProblems(found: unknown, to: string): string[] {
  if (typeof found !== "object" || found === null || Array.isArray(found)) return [`it is not ${SHAPE}`];
  return [
    ...(to in found ? [] : [`it has no key "${to}", with which to encrypt (--to)`]),
    ...Object.entries(found).flatMap(([id, key]) => [
      ...(/^[a-z0-9_]{1,40}$/.test(id) ? [] : [`the id "${id}" is not 1 to 40 characters of a-z, 0-9 and _`]),
      ...(isKey(key) ? [] : [`the key "${id}" is not 32 bytes in base64 (openssl rand -base64 32)`]),
    ]),
  ];
}

const isKey = (key: unknown): boolean =>
  typeof key === "string" &&
  Buffer.from(key, "base64").length === 32 &&
  Buffer.from(key, "base64").toString("base64") === key;

/** Reads keys that only their owner may read. @throws OperationError with all that is wrong. */
export async function readKeys(path: string, to: string): Promise<Keys> {
  const problems: string[] = [];
  let found: unknown;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0)
      problems.push(`others may read it (mode ${(mode & 0o777).toString(8)}): chmod 600 ${path}`);
    found = JSON.parse(await readFile(path, "utf8"));
    problems.push(...keyProblems(found, to));
  } catch (error) {
    // What JSON.parse says would show a part of the keys.
    const { code } = error as { code?: string };
    problems.push(code === undefined ? `it is not ${SHAPE}` : `it cannot be read (${code})`);
  }
  if (problems.length > 0) throw refused(problems.map((problem) => `--keys-file ${path}: ${problem}`));
  return found as Keys;
}
