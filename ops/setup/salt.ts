import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";

/*
 * The salt of the engine's passphrase encryption, `encryptionsalt` in Pulumi.STACK.yaml: "v1:SALT:MESSAGE", where MESSAGE
 * is the word "pulumi" encrypted with the passphrase, by which the engine tells a wrong passphrase. The format is part of
 * every state that was ever written with a passphrase, and so stable.
 */

const WORD = "pulumi";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A new salt for a passphrase. */
export function makeSalt(passphrase: string): string {
  const salt = randomBytes(8);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyFor(passphrase, salt), nonce);
  const message = Buffer.concat([cipher.update(WORD, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${salt.toString("base64")}:v1:${nonce.toString("base64")}:${message.toString("base64")}`;
}

/** Whether a salt belongs to a passphrase. Takes a fifth of a second, on purpose of the engine's authors. */
export function fits(encryptionsalt: string, passphrase: string): boolean {
  const [version, salt, inner, nonce, message] = encryptionsalt.split(":");
  if (version !== "v1" || inner !== "v1" || !salt || !nonce || !message) {
    return false;
  }
  try {
    const bytes = Buffer.from(message, "base64");
    const key = keyFor(passphrase, Buffer.from(salt, "base64"));
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const word = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
    return word.toString("utf8") === WORD;
  } catch {
    return false;
  }
}

function keyFor(passphrase: string, salt: Buffer): Buffer {
  return pbkdf2Sync(passphrase, salt, 1_000_000, 32, "sha256");
}
