import { belongs, reasons } from "./databases";
import { denies } from "./documents";
import { notAsked, stackRule } from "./rule";
import { must, some } from "./verdicts";

export const vaultGuarded = stackRule({
  id: "vault-guarded",
  of: "stack",
  requirements: ["R14"],
  severity: "high",
  title: "Archives cannot be deleted early.",
  protects: "Whoever breaks into the account deletes the backups first.",
  mend: "Deny backup:DeleteRecoveryPoint to everybody in the vault's policy, or lock the vault.",
  controls: [],
  settings: {},
  judge: (stack) =>
    stack.all("vault").map((vault) => {
      if (vault.forceDestroy.state === "lacking") return { on: vault, verdict: notAsked(vault.forceDestroy.why) };
      const verdicts = stack
        .all("permissions")
        .filter(({ on }) => on === "vault")
        .map((guard) =>
          belongs(stack, vault, guard.guards, () =>
            must(
              guard.document,
              denies("backup:DeleteRecoveryPoint"),
              () => "the vault's policy lets archives be deleted",
            ),
          ),
        );
      return {
        on: vault,
        verdict: some(verdicts, reasons(verdicts) ?? "nothing keeps archives from being deleted early"),
      };
    }),
});
