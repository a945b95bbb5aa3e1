/** What the pre-flights of the clouds share: questions to an account, and what a question that goes unanswered means. */
import * as pulumi from "@pulumi/pulumi";

export interface Check<Account> {
  /** "AWS did not say whether it has ..." */
  readonly what: string;
  /** @returns what rules the stack out, as sentences. */
  readonly ask: (account: Account) => Promise<readonly string[]>;
}

/**
 * What rules the stack out, of all questions at once. One that goes unanswered (a right is missing, the service is slow)
 * is a warning: `up` may do without that right.
 * @param who the stack that asks, and the service that is asked, as people call it.
 */
export async function askAll<Account>(
  checks: readonly Check<Account>[],
  account: Account,
  who: { readonly stack: string; readonly service: string },
): Promise<readonly string[]> {
  const answers = await Promise.all(
    checks.map(async ({ what, ask }) => {
      try {
        return await ask(account);
      } catch (error) {
        await pulumi.log.warn(
          `${who.stack}: ${who.service} did not say whether it has ${what} asked for: ${firstLine(error)}`,
        );
        return [];
      }
    }),
  );
  return answers.flat();
}

/** Errors of providers go on for pages: where they come from, how many there are, what was sent, the request's id. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message
    .replace(/^invocation of \S+ returned an error: (invoking \S+: )?/i, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* /, "").trim());
  return (lines.find((line) => line !== "" && !/^\d+ errors? occurred:$/.test(line)) ?? message).replace(
    /(: Please see http.*|\.)$/,
    "",
  );
}
