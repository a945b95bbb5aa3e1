import { Command, Option } from "commander";
import { count, operation } from "../cli/operation";
import type { Stack } from "../cli/stack";
import { requireVendor } from "../cli/stack";

/** The same in the clouds is a change of the stack in two steps, and a copy to rehearse on. */
function requireLocal(stack: Stack, to: string): void {
  const steps = [
    `1. rehearse: npx license-db restore --stack ${stack.name} --to latest --beside NAME, and upgrade that copy in the service`,
    `2. pulumi config set --stack ${stack.name} --path license-db:engine.upgradeTo ${to}, then npm run up -- --stack ${stack.name}`,
    `3. pulumi config set --stack ${stack.name} --path license-db:engine.version ${to}, then npm run up -- --stack ${stack.name}`,
  ];
  requireVendor(
    stack,
    ["local"],
    `The service upgrades by itself, in two steps so that none is by mistake:\n  ${steps.join("\n  ")}\n(docs/${stack.vendor}.md, "A major version")`,
  );
}

const to = () => new Option("--to <major>", "PostgreSQL's major version: 16 or 17").makeOptionMandatory();

export const command = (): Command =>
  new Command("upgrade")
    .summary("another major version of PostgreSQL: rehearsed, run, taken back")
    .addCommand(
      operation<{ to: string; top: number }>({
        name: "rehearse",
        summary: "upgrade a copy, and tell how long it takes and which plans change",
        description:
          "Restores the newest backup beside the cluster, upgrades that copy, makes its statistics, compares the plans of the statements that take most of the time, and removes it. The cluster is not touched. Exit code 3: a statement fails or gets dearer.",
        options: [to(), new Option("--top <count>", "how many statements").default(50).argParser(count(1, 1000))],
        examples: [["upgrade rehearse --to 17", "before the real one"]],
        async run(context) {
          requireLocal(context.stack, context.options.to);
          return (await import("./rehearse")).rehearse(context);
        },
      }),
    )
    .addCommand(
      operation<{ to: string; dryRun?: boolean }>({
        name: "run",
        summary: "upgrade the database; its old data is kept for the way back",
        description:
          "Checks all that can be checked while the database runs, takes a last backup, stops the members, runs pg_upgrade on the primary's data, starts it, makes the replicas anew and takes a first full backup. A replica's old data is kept (the primary's, where there is no replica). Interrupted, the same command finishes it.",
        options: [to()],
        examples: [["upgrade run --to 17", "asks for the stack's name first"]],
        changes: true,
        async run(context) {
          requireLocal(context.stack, context.options.to);
          return (await import("./run")).runUpgrade(context);
        },
      }),
    )
    .addCommand(
      operation<{ dryRun?: boolean }>({
        name: "rollback",
        summary: "go back to the data of before the upgrade",
        examples: [["upgrade rollback", "what was written since is lost"]],
        changes: true,
        async run(context) {
          requireVendor(
            context.stack,
            ["local"],
            "There, restore a moment before the upgrade beside (npx license-db restore).",
          );
          return (await import("./rollback")).rollback(context);
        },
      }),
    )
    .addCommand(
      operation<{ dryRun?: boolean }>({
        name: "finish",
        summary: "remove the old data: there is no way back then",
        examples: [["upgrade finish", "when the new version has proved itself"]],
        changes: true,
        async run(context) {
          requireVendor(context.stack, ["local"], "There is nothing to remove there: the service keeps no old data.");
          return (await import("./finish")).finish(context);
        },
      }),
    );
