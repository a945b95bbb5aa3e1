import * as pulumi from "@pulumi/pulumi";

/** The namespace of our keys, whatever the project is called. */
const namespace = "license-db:";

/**
 * The stack's configuration as the engine hands it over: text at the top, objects and lists parsed from JSON.
 * Nothing is checked here; text that only looks like JSON stays text, and the reader says what it should be.
 */
export function readRawConfig(): Record<string, unknown> {
  return Object.fromEntries(ownEntries().map(([key, value]) => [key, parseStructure(value)]));
}

/** The top-level keys of which something is encrypted. */
export function secretConfigKeys(): ReadonlySet<string> {
  const secret = ownEntries().filter(([key]) => isConfigSecret(`${namespace}${key}`));
  return new Set(secret.map(([key]) => key));
}

/** The SDK has it, but leaves it out of its types. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

function ownEntries(): (readonly [string, string])[] {
  const all = Object.entries(pulumi.runtime.allConfig());
  return all.filter(([key]) => key.startsWith(namespace)).map(([key, value]) => [key.slice(namespace.length), value]);
}

function parseStructure(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
