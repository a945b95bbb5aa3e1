import { type Decision, type Destruction, passes } from "./judge";

/** What a person is told. */
export function report(decision: Decision): string {
  const { refused, allowed, unused, failures } = decision;
  const parts = [
    ...failures.map((failure) => `The preview proves nothing, as it failed: ${failure}`),
    ...refused.map(refusal),
    ...unused.map(
      (urn) =>
        `${urn}\n  is named as one that may go, but this preview lets it stay. Take the name away (or mend it), so that ` +
        "it does not allow a later change unseen.",
    ),
    ...allowed.map((one) => `Allowed, as it is named: ${verb(one)} ${one.urn}, and with it ${one.loss}.`),
  ];
  const last = passes(decision)
    ? "The gate is open: nothing that holds data is replaced or deleted" +
      (allowed.length > 0 ? ` but what is named (${allowed.length}).` : ".")
    : `The gate is shut: ${[
        ...(refused.length > 0 ? [`${refused.length} would be lost`] : []),
        ...(unused.length > 0 ? [`${unused.length} named for nothing`] : []),
        ...(failures.length > 0 ? ["the preview failed"] : []),
      ].join(", ")}. Do not bring this up.`;
  return `${[...parts, last].join("\n\n")}\n`;
}

function refusal(one: Destruction): string {
  return [
    `Refused: to ${verb(one)} ${one.urn}`,
    `  lost     ${one.loss}${one.retained ? " (it stays where it is, but out of this stack's hands)" : ""}`,
    `  because  ${cause(one)}`,
    `  mend     ${mend(one)}`,
    `  or       if it shall go: take a backup, and name it: --allow-destroy '${one.urn}'${unprotect(one)}`,
  ].join("\n");
}

const verb = ({ how, ops }: Destruction): string => (how === "unknown" ? `do "${ops.join(", ")}" to` : how);

function cause({ how, ops, forcedBy, created }: Destruction): string {
  if (how === "unknown") return `the engine's step "${ops.join(", ")}" is not known to be harmless`;
  if (how === "replace") {
    return forcedBy.length > 0
      ? `${forcedBy.join(", ")} cannot change in place`
      : "it is to be made anew (--replace, a taint, something it depends on, or one left over by an earlier run)";
  }
  return created.length > 0
    ? `the program no longer declares it under this name; it declares ${created.join(", ")}`
    : "the program no longer declares it";
}

function mend({ how, forcedBy, created, urn }: Destruction): string {
  if (how === "unknown") return "see what the engine's release notes say of it";
  if (how === "replace") {
    return forcedBy.length > 0
      ? `leave ${forcedBy.join(", ")} as it is in the state, or have the resource ignore the change (ignoreChanges)`
      : "undo what asks for it";
  }
  return created.length > 0
    ? `give the new one an alias, if it is the same thing by another name: aliases: ["${urn}"]`
    : "declare it again; or have the stack forget it and leave it where it is: pulumi state delete";
}

const unprotect = (one: Destruction): string =>
  one.protected ? `; the engine protects it, too: pulumi state unprotect '${one.urn}'` : "";
