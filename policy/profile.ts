import type { Rule } from "./rules/rule";

/** What a stack is for: in "dev", some rules only warn. */
export type Profile = "dev" | "prod";

/** What the engine tells the pack's process. */
export interface Run {
  /** Nothing is made: what only creation tells is not known. */
  readonly preview: boolean;
  /** The stack's name; "" where the engine is too old to tell. */
  readonly stack: string;
}

/** An engine that does not say it is a preview is taken to be making things: then nothing may be left open. */
export function runOf(environment: Readonly<Record<string, string | undefined>>): Run {
  const told = environment.PULUMI_DRY_RUN ?? environment.PULUMI_NODEJS_DRY_RUN;
  return { preview: told === "true", stack: environment.PULUMI_STACK ?? environment.PULUMI_NODEJS_STACK ?? "" };
}

/** Stacks that are development by their name; any other is production, unless the pack's user says otherwise. */
const DEVELOPMENT: ReadonlySet<string> = new Set(["dev"]);

/** `asked`: the setting `profile` of the rule's policy. */
export function profileOf(stack: string, asked: unknown): Profile {
  if (asked === "dev" || asked === "prod") return asked;
  return DEVELOPMENT.has(stack) ? "dev" : "prod";
}

export const isSofter = (rule: Rule, profile: Profile): boolean => profile === "dev" && rule.softerInDev !== undefined;
