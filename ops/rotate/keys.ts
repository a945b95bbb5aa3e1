import type { Command } from "commander";
import { EXIT, OperationError } from "../cli/exit";
import { type Context, operation } from "../cli/operation";
import { optional } from "../cli/optional";
import type { Result } from "../cli/out";
import { requireVendor } from "../cli/stack";
import { keyVersionInstead } from "./alicloud";

const CONSEQUENCES = [
  "have KMS make new key material for each of the stack's keys; what is encrypted stays readable, new data uses the new material",
  "use one of the at most 25 rotations on demand that AWS grants a key in its life",
];

/** How the aliases of a stack's keys begin; components/aws/keys.ts makes them. */
export const aliasesOf = (name: string): RegExp => new RegExp(`^alias/${name}-(data|secrets|logs|archive)$`);

export const keys = (): Command =>
  operation<{ readonly dryRun?: boolean }>({
    name: "keys",
    summary: "new material for the keys of storage, secrets and logs",
    description:
      "AWS: has KMS rotate the stack's own keys now, beside their yearly rotation. For the keys of encrypted columns there " +
      "is `rotate column`.",
    changes: true,
    examples: [["rotate keys --stack prod --confirm prod", "the keys alias/license-db-prod-…"]],
    run: rotateKeys,
  });

/** @throws OperationError for another vendor, and where the account has none of the stack's keys. */
export async function rotateKeys({
  stack,
  options,
  report,
  confirm,
}: Context<{ readonly dryRun?: boolean }>): Promise<Result> {
  requireVendor(
    stack,
    ["aws"],
    stack.vendor === "alicloud"
      ? keyVersionInstead
      : "This machine's storage is encrypted below PostgreSQL (cryptsetup reencrypt). The backups' key cannot change in " +
          "place: pgBackRest reads a repository with one key alone. A new one comes with a new repository " +
          "(docs/operations.md, rotate).",
  );
  const sdk = await optional("@aws-sdk/client-kms", () => import("@aws-sdk/client-kms"));
  const { region, id } = stack.cluster;
  const client = new sdk.KMSClient(region === undefined ? {} : { region });
  const mine = aliasesOf(id);
  const found: { readonly alias: string; readonly key: string }[] = [];
  for await (const page of sdk.paginateListAliases({ client }, {})) {
    for (const { AliasName: alias = "", TargetKeyId: key } of page.Aliases ?? []) {
      if (mine.test(alias) && key !== undefined) found.push({ alias, key });
    }
  }
  if (found.length === 0) {
    throw new OperationError(
      EXIT.usage,
      `No key has an alias of stack ${stack.name} (${mine.source}): is this its account?`,
    );
  }
  if (options.dryRun)
    return { data: { keys: found }, text: found.map(({ alias }) => `It would rotate ${alias}.`).join("\n") };
  await confirm(CONSEQUENCES);
  await report.all(
    found.map(({ alias, key }) => ({
      title: alias,
      run: async () => {
        await client.send(new sdk.RotateKeyOnDemandCommand({ KeyId: key }));
      },
    })),
  );
  return { data: { keys: found }, text: `Done: ${found.map(({ alias }) => alias).join(", ")}.` };
}
