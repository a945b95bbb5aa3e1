import type * as pulumi from "@pulumi/pulumi";
import { domainOf } from "./regions";
import type { Site } from "./site";

/** Statements of an IAM policy: read these secrets, and use their key for nothing else. */
export const readSecrets = (
  { region }: Pick<Site, "region">,
  secrets: readonly pulumi.Input<string>[],
  key: pulumi.Input<string>,
) => [
  { Sid: "ReadSecrets", Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: secrets },
  { Sid: "DecryptSecrets", ...throughSecretsManager({ region }, ["kms:Decrypt"], key) },
];

/** Use a key only by way of Secrets Manager. */
export const throughSecretsManager = (
  { region }: Pick<Site, "region">,
  actions: readonly string[],
  key: pulumi.Input<string>,
) => ({
  Effect: "Allow",
  Action: actions,
  Resource: key,
  Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${region.name}.${domainOf(region)}` } },
});
