import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const ITERATIONS = 4096; // PostgreSQL's own

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

function derive(password: string, salt: Buffer, iterations: number): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const stored = createHash("sha256").update(hmac(salted, "Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${hmac(salted, "Server Key").toString("base64")}`;
}

/** What PostgreSQL keeps of a password (RFC 5803). Sent in place of the password, which so appears in no log. */
export const scramVerifier = (password: string): string => derive(password, randomBytes(16), ITERATIONS);

/** Whether a kept verifier is this password's. */
export function matchesVerifier(password: string, verifier: string): boolean {
  const parts = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier);
  if (!parts?.[1] || !parts[2]) return false;
  const expected = Buffer.from(derive(password, Buffer.from(parts[2], "base64"), Number(parts[1])));
  const actual = Buffer.from(verifier);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** 32 characters of four classes, about 190 bits; free of what needs quoting in a URL or a shell. */
export function newPassword(): string {
  const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  const alphabet = `${letters}23456789-_.~`;
  for (;;) {
    const password = Array.from(randomBytes(64))
      .filter((byte) => byte < 256 - (256 % alphabet.length)) // every character as likely as any other
      .slice(0, 32)
      .map((byte) => alphabet[byte % alphabet.length])
      .join("");
    const classes = [/[A-Z]/, /[a-z]/, /[0-9]/, /[-_.~]/];
    if (password.length === 32 && classes.every((one) => one.test(password))) return password;
  }
}
