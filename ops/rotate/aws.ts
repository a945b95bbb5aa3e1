import { setTimeout as sleep } from "node:timers/promises";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { EXIT, OperationError } from "../cli/exit";
import type { Context } from "../cli/operation";
import { optional } from "../cli/optional";
import type { Result } from "../cli/out";

/** Milliseconds: a rotation takes seconds, and AWS tries its function again after a failure. */
const PATIENCE = { between: 2_000, most: 180_000 };

/** Has Secrets Manager rotate the application's secret now, as it does by itself from time to time, and sees it through. */
export async function rotateSecret(
  { stack, report, confirm, signal }: Context<object>,
  consequences: readonly string[],
  patience = PATIENCE,
): Promise<Result> {
  const SecretId = stack.passwordSecret;
  if (SecretId === undefined) {
    throw new OperationError(
      EXIT.usage,
      `The outputs of stack ${stack.name} name no passwordSecret: bring it up again.`,
    );
  }
  const sdk = await optional("@aws-sdk/client-secrets-manager", () => import("@aws-sdk/client-secrets-manager"));
  const { region } = stack.cluster;
  const client = new sdk.SecretsManagerClient(region === undefined ? {} : { region });
  const versions = async (from: SecretsManagerClient) =>
    stagesOf((await from.send(new sdk.DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {});
  await confirm(consequences);
  const [version] = await report.all([
    {
      title: `rotating ${SecretId.split(":").at(-1)}`,
      async run() {
        const before = await versions(client);
        // One that is under way already is seen through, and not begun anew.
        const underWay = before.pending !== undefined && before.pending !== before.current;
        if (!underWay) await client.send(new sdk.RotateSecretCommand({ SecretId, RotateImmediately: true }));
        for (const end = performance.now() + patience.most; performance.now() < end; ) {
          signal.throwIfAborted();
          const { current } = await versions(client);
          if (current !== undefined && current !== before.current) return current;
          await sleep(patience.between, undefined, { signal }).catch(() => {});
        }
        throw new OperationError(
          EXIT.unfinished,
          `Secrets Manager has not finished the rotation of ${SecretId}; the password in force is the one before. ` +
            "Its function's log says why (docs/aws.md: rotation); the same command again waits on.",
        );
      },
    },
  ]);
  return {
    data: { username: stack.username, secret: SecretId, version },
    text: "Done. Applications that read the secret find the new password there.",
  };
}

/** Which version is in force, and which is about to be. */
export function stagesOf(versions: Readonly<Record<string, readonly string[]>>): {
  current?: string;
  pending?: string;
} {
  const having = (stage: string) => Object.keys(versions).find((id) => versions[id]?.includes(stage));
  const [current, pending] = [having("AWSCURRENT"), having("AWSPENDING")];
  return { ...(current === undefined ? {} : { current }), ...(pending === undefined ? {} : { pending }) };
}
