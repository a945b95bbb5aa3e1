import type pg from "pg";
import { awsSteps } from "../../components/aws/function/database";
import { iamUsername } from "../../components/aws/iamRole";
import {
  closeDatabase,
  contents,
  createDatabase,
  createRole,
  keepValuesOutOfLog,
  openDatabase,
  restrictRole,
} from "../../components/bootstrap/applicationDatabase";
import { EXTENSIONS } from "../../components/bootstrap/extensions";
import { isSo, type Step } from "../../components/bootstrap/steps";
import type { Stack } from "../cli/stack";

/** What must be so: on the server, and in the application's database. */
export interface Plan {
  readonly server: readonly Step[];
  readonly contents: readonly Step[];
}

type Named = Pick<Stack, "vendor" | "database" | "username">;

/** The same as `up` does, or has a function do. */
export function planOf({ vendor, database, username }: Named, extensions = EXTENSIONS): Plan {
  if (vendor === "aws") return awsSteps({ database, username, iamUsername: iamUsername(username), extensions });
  return {
    server: [
      createRole(username),
      restrictRole(username, vendor === "local" ? "superuser" : "administrator"),
      createDatabase(database),
      closeDatabase(database),
      openDatabase(database, username),
      keepValuesOutOfLog(username),
    ],
    contents: contents(username, extensions),
  };
}

/** PostgreSQL: a name in the question stands for nothing yet. */
const NOTHING_THERE = /^(42704|3D000|3F000|42P01)$/;

/** Those that are not so, looked at one by one. */
export async function missing(client: pg.Client, steps: readonly Step[]): Promise<Step[]> {
  const found: Step[] = [];
  for (const step of steps) {
    const so = await isSo(client, step).catch((error: { code?: string }) => {
      if (!NOTHING_THERE.test(error.code ?? "")) throw error;
      return false;
    });
    if (!so) found.push(step);
  }
  return found;
}

/** As a script for psql, to be read before it is run. */
export const asScript = (database: string, steps: readonly Step[]): string =>
  steps.length === 0 ? "" : [`\\connect ${database}`, ...steps.map(({ run }) => `${run.trim()};`)].join("\n");
