import type { Rule } from "./rules/rule";

/** What a stack is for: in "dev", and on somebody's own machine, "local", some rules only warn. */
export type Profile = (typeof profiles)[number];
export const profiles = ["dev", "local", "prod"] as const;

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

const named = (name: unknown): Profile | undefined => profiles.find((one) => one === name);

/**
 * By the stack's name, any other being production; unless the pack's user says otherwise.
 * @param asked the setting `profile` of the rule's policy
 */
export const profileOf = (stack: string, asked: unknown): Profile => named(asked) ?? named(stack) ?? "prod";

/** Why a violation only warns there; undefined: it does not. */
export function softerBecause({ softerInDev, softerInLocal }: Rule, profile: Profile): string | undefined {
  return { dev: softerInDev, local: softerInLocal, prod: undefined }[profile];
}
