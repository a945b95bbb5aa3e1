import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml"; // Reads Pulumi.STACK.yaml.
import { fits, makeSalt } from "./salt";

/*
 * With a passphrase the engine wants `encryptionsalt` in Pulumi.STACK.yaml, a tracked file. Left to itself it adds it
 * and rewrites the file's layout. So the line is added here, before the engine looks; git does not see it (git.ts).
 */

const SALT = /^encryptionsalt: *(.*)\n?/m;

/**
 * The stack file's text with the salt it needs, or undefined when it is right as it is.
 *
 * `known` is the salt in the stack's state, if there is any. Throws when the file holds values encrypted with another
 * salt than the state's or the passphrase's: they could not be read any more.
 */
export function withSalt(text: string, known: string | undefined, passphrase: string): string | undefined {
  if (/^secretsprovider: *(?!passphrase|default)\S/m.test(text)) {
    return undefined;
  }
  const written = SALT.exec(text)?.[1]?.trim();
  if (written !== undefined && (known === undefined ? fits(written, passphrase) : written === known)) {
    return undefined;
  }
  if (written !== undefined && /^\s+(\S+:\s+)?secure: /m.test(text)) {
    throw new Error(
      "holds encrypted values (secure: ...) and an encryptionsalt of another state or passphrase, so they cannot be " +
        "read here. Put back the state and the passphrase they were written with (LICENSE_DB_STATE names their folder), " +
        "or remove the encrypted values and the encryptionsalt line and set them again.",
    );
  }
  const plain = text.replace(SALT, "");
  const separator = plain === "" || plain.endsWith("\n") ? "" : "\n";
  return `${plain}${separator}encryptionsalt: ${known ?? makeSalt(passphrase)}\n`;
}

/** Adds the salt to a stack's file where it is missing; whether it did. */
export function ensureSalt(file: string, known: string | undefined, passphrase: string): boolean {
  const text = read(file);
  if (text === undefined) {
    // A stack without a file: the engine makes one.
    return false;
  }
  try {
    const salted = withSalt(text, known, passphrase);
    if (salted !== undefined) {
      writeFileSync(file, salted);
    }
    return salted !== undefined;
  } catch (error) {
    throw new Error(`${file} ${(error as Error).message}`);
  }
}

/** The vendor a stack's file names, if it names one. */
export function vendorIn(file: string): string | undefined {
  const text = read(file);
  const config = text === undefined ? undefined : (parse(text) as { config?: unknown } | null)?.config;
  const vendor = (config as Record<string, unknown> | null | undefined)?.["license-db:vendor"];
  return typeof vendor === "string" ? vendor : undefined;
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
