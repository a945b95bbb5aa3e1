import { run } from "../../components/local/tools/command";
import { type Progress, silent } from "../../components/local/tools/reporter";
import { EXIT, OperationError } from "../cli/exit";
import type { Stack } from "../cli/stack";
import { applyTo } from "../setup/environment";
import { openSession, ROOT } from "../setup/session";

/** A resource of the vendor `local`, by its type. */
export type Kind = "ApplicationDatabase" | "CertificateAuthority" | "EntryPoint";

/**
 * `pulumi up` of some of the stack's resources, so that its state and outputs tell the truth afterwards, and nothing
 * else happens that waits in the configuration.
 *
 * @throws OperationError: unfinished; the same command again, or any `up`, does what is left.
 */
export async function bringUp(
  { name }: Pick<Stack, "name">,
  kinds: readonly Kind[],
  configFile: string | undefined,
  progress: Progress,
): Promise<void> {
  const { engine, environment } = await openSession(silent, name);
  const command = [
    ...[engine.path, "-C", ROOT, "up", "--stack", name, "--yes", "--skip-preview", "--non-interactive"],
    ...["--color", "never", "--suppress-outputs"],
    ...(configFile === undefined ? [] : ["--config-file", configFile]),
    ...kinds.flatMap((kind) => ["--target", `**localpg:index:${kind}::**`]),
  ];
  try {
    await run(command, {
      env: applyTo(process.env, environment),
      label: "pulumi up",
      onLine: (line) => progress(whatItDoes(line)),
    });
  } catch (error) {
    throw new OperationError(
      EXIT.unfinished,
      `Not finished: ${(error as Error).message}\nThe same command again goes on from there; so does npm run up -- --stack ${name}.`,
    );
  }
}

/** What a line of the engine's says of a resource that is being worked on. */
const whatItDoes = (line: string): string =>
  /localpg:index:\w+ \S+ \w+ \([\d.]+s\)\s*(?:\[diff:[^\]]*\];?\s*)?(.+)/.exec(line)?.[1]?.trim() ??
  "asking the engine what there is to do";
