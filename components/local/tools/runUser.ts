import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { isRoot } from "./folders";

/** The operating system's user that every server process runs as. */
export interface RunUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** We are root and drop to it. */
  readonly drop: boolean;
}

/** PostgreSQL's own account if there is one, else accounts that every Linux has. */
const CANDIDATES = ["postgres", "daemon", "nobody"];

/**
 * PostgreSQL refuses to run as root and as a uid without an entry in passwd.
 * `LICENSE_DB_USER` names another account (only as root).
 */
export function runUser(
  passwd: string = readPasswd(),
  env: Readonly<Record<string, string | undefined>> = process.env,
): RunUser {
  if (!isRoot()) {
    return ourselves();
  }
  const wanted = env.LICENSE_DB_USER;
  const found = pickAccount(passwd, wanted ? [wanted] : CANDIDATES);
  if (found === undefined) {
    throw new Error(
      `No account to run PostgreSQL as: it refuses root, and none of ${(wanted ? [wanted] : CANDIDATES).join(", ")} ` +
        "is in /etc/passwd with a uid above 0. Create one (useradd --system postgres), or name one in LICENSE_DB_USER.",
    );
  }
  return { ...found, drop: true };
}

export function pickAccount(passwd: string, names: readonly string[]): Omit<RunUser, "drop"> | undefined {
  const accounts = passwd.split("\n").map((line) => line.split(":"));
  for (const name of names) {
    const [, , uid, gid] = accounts.find(([account]) => account === name) ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) > 0) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  return undefined;
}

function ourselves(): RunUser {
  const uid = process.getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  try {
    return { name: userInfo().username, uid, gid, drop: false };
  } catch {
    throw new Error(
      `PostgreSQL refuses to run as uid ${uid}: it has no entry in /etc/passwd. Run as a user who has one.`,
    );
  }
}

function readPasswd(): string {
  try {
    return readFileSync("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}
