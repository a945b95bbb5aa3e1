import type { Command } from "commander";
import { take } from "../../components/bootstrap/steps";
import { asAdministrator } from "../cli/connections";
import { operation } from "../cli/operation";
import type { Stack } from "../cli/stack";
import { passwordFits, setPassword } from "./password";
import { asScript, missing, type Plan, planOf } from "./plan";

/** Where the administrator works on what is no database's own. */
const SERVER = "postgres";

export const command = (): Command =>
  operation<{ dryRun?: boolean }>({
    name: "bootstrap",
    summary: "roles, grants, extensions and column encryption, as they should be",
    description:
      "Brings the application's role, database, grants, extensions and the functions of column encryption to what they " +
      "should be, from any state. `up` does the same by itself; this is for after a restore, a migration or a mishap.",
    changes: true,
    examples: [
      ["bootstrap --dry-run", "the SQL that is missing, and nothing done"],
      ["bootstrap --stack prod", "done, from inside the network"],
    ],
    async run({ stack, options, report }) {
      const plan = planOf(stack);
      if (options.dryRun) return dryRun(stack, plan);
      const done: string[] = [];
      const left: string[] = [];
      await report.all([
        {
          title: `setting up ${stack.database} for ${stack.username}`,
          async run(progress) {
            const did = (what: string) => {
              done.push(what);
              progress(what);
            };
            await setUp(stack, plan, did, (what) => left.push(what));
          },
          outcome: () => (done.length === 0 ? "nothing was missing" : `${done.length} done`),
        },
      ]);
      return {
        data: { done, left },
        text: [...done, ...left.map((what) => `not allowed by the server: ${what}`)].join("\n"),
      };
    },
  });

async function setUp(
  stack: Stack,
  { server, contents }: Plan,
  did: (what: string) => void,
  left: (what: string) => void,
): Promise<void> {
  await asAdministrator(
    stack,
    async (client) => {
      await take(client, server, did, left);
      // Where a service keeps the password, its own function or rotation sets it.
      if (stack.password === undefined || (await passwordFits(stack))) return;
      await setPassword(client, stack);
      did(`password of ${stack.username} set to the stack's`);
    },
    { database: SERVER },
  );
  await asAdministrator(stack, (client) => take(client, contents, did, left));
}

async function dryRun(stack: Stack, plan: Plan) {
  const server = await asAdministrator(stack, (client) => missing(client, plan.server), { database: SERVER });
  const contents = await asAdministrator(stack, (client) => missing(client, plan.contents)).catch(
    (error: { code?: string }) => {
      if (error.code !== "3D000") throw error; // the database itself is missing, and so is all that is in it
      return plan.contents;
    },
  );
  const script = [asScript(SERVER, server), asScript(stack.database, contents)].filter(Boolean).join("\n\n");
  return {
    data: { missing: [...server, ...contents].map(({ did }) => did), script },
    text: script || "Nothing is missing.",
  };
}
