import { belongs } from "./databases";
import { good, stackRule } from "./rule";
import { some } from "./verdicts";

export const secretsRotate = stackRule({
  id: "secrets-rotate",
  of: "stack",
  requirements: ["R13"],
  severity: "high",
  title: "Each secret rotates by itself.",
  protects: "A password that leaked once is good until it is changed.",
  mend: "Add secretsmanager.SecretRotation.",
  controls: ["Security Hub SecretsManager.1", "Security Hub SecretsManager.4", "Checkov CKV2_AWS_57"],
  settings: {},
  judge: (stack) =>
    stack.all("secret").map((secret) => ({
      on: secret,
      verdict: some(
        stack.all("secretRotation").map((rotation) => belongs(stack, secret, rotation.secret, () => good)),
        "nothing rotates the secret",
      ),
    })),
});
