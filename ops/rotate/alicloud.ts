import { EXIT, OperationError } from "../cli/exit";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";

/** What KMS and the configuration do on Alibaba Cloud is said, and not done: no SDK of it is kept here. */
export async function rotateInKms({ stack }: Context<object>): Promise<Result> {
  const today = new Date().toISOString().slice(0, 10);
  throw new OperationError(
    EXIT.usage,
    stack.passwordSecret === undefined
      ? `On Alibaba Cloud without a KMS instance the password changes with the day in the configuration. Run:\n` +
          `  pulumi config set --stack ${stack.name} --path license-db:alicloud.encryption.passwordsSince ${today}\n` +
          `  pulumi up --stack ${stack.name}`
      : `On Alibaba Cloud KMS rotates the secret, by itself and when it is asked to. Run:\n` +
          `  aliyun kms RotateSecret --SecretName ${stack.passwordSecret} --VersionId ${Date.now()}`,
  );
}

/** The same of the key that the storage is encrypted with. */
export const keyVersionInstead =
  "On Alibaba Cloud a key gets a new version by: aliyun kms CreateKeyVersion --KeyId KEY (keys of a KMS instance; " +
  "it also rotates by itself, every encryption.keyRotation).";
