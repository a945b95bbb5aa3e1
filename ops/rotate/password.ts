import { type Command, Option } from "commander";
import { wantRotation } from "../../components/local/provider/host/rotations";
import { passwordFits } from "../bootstrap/password";
import { EXIT, OperationError } from "../cli/exit";
import { localCluster } from "../cli/local";
import { type Context, operation } from "../cli/operation";
import type { Result } from "../cli/out";
import { openStack, type Stack } from "../cli/stack";
import { rotateInKms } from "./alicloud";
import { rotateSecret } from "./aws";
import { bringUp } from "./engine";
import { configFile, type LocalOptions } from "./options";
import { checkFile } from "./write";

interface Options extends LocalOptions {
  readonly passwordFile?: string;
  readonly dryRun?: boolean;
}

const CONSEQUENCES = [
  "give the application's role a new password; open connections go on, new ones need the new password",
  "applications that read it from a file or a secret store learn of it by themselves; one started with DB_PASSWORD has to be started anew",
];

export const password = (): Command =>
  operation<Options>({
    name: "password",
    summary: "a new password for the application's role",
    description:
      "Makes a new password for the application's role, in place. Applications that ask a source for it (passwordFile, " +
      "secretsManager) lose no query: they ask again when a new connection is refused.",
    changes: true,
    options: [
      new Option("--password-file <file>", "local: write the new password there at once, for DB_PASSWORD_FILE"),
      configFile,
    ],
    examples: [
      ["rotate password --password-file /run/license-app/password", "local; applications read that file"],
      ["rotate password --stack prod --confirm prod", "AWS: has Secrets Manager rotate the secret now"],
    ],
    async run(context) {
      const { stack, options } = context;
      const way = ways[stack.vendor];
      await checkFile("--password-file", options.passwordFile);
      if (options.dryRun) return { data: { consequences: CONSEQUENCES }, text: `It would ${CONSEQUENCES[0]}.` };
      return way(context);
    },
  });

const ways: Readonly<Record<Stack["vendor"], (context: Context<Options>) => Promise<Result>>> = {
  local: onThisMachine,
  aws: (context) => rotateSecret(context, CONSEQUENCES),
  alicloud: rotateInKms,
};

async function onThisMachine({ stack, options, report, confirm }: Context<Options>): Promise<Result> {
  const { place } = await localCluster(stack);
  await confirm(CONSEQUENCES);
  const since = new Date().toISOString();
  const [fresh] = await report.all([
    {
      title: `new password for ${stack.username}`,
      async run(progress) {
        await wantRotation(place.folder, {
          password: { since, ...(options.passwordFile === undefined ? {} : { file: options.passwordFile }) },
        });
        await bringUp(stack, ["ApplicationDatabase", "EntryPoint"], options.configFile, progress);
        return openStack(stack.name);
      },
    },
  ]);
  if (fresh === undefined || fresh.password === stack.password || !(await passwordFits(fresh))) {
    throw new OperationError(
      EXIT.failed,
      `The password of stack ${stack.name} is not the one that the server takes: npm run up -- --stack ${stack.name} sets the stack's again.`,
    );
  }
  return {
    data: { username: stack.username, since, file: options.passwordFile ?? null },
    text:
      options.passwordFile === undefined
        ? `Done. Applications need it: pulumi stack output password --show-secrets --stack ${stack.name}`
        : `Done. It is in ${options.passwordFile} and in the stack's outputs.`,
  };
}
