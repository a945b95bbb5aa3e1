import { HtmlValidate } from "html-validate";

const validator = new HtmlValidate({
  extends: ["html-validate:recommended", "html-validate:document", "html-validate:a11y"],
  rules: {
    // Long titles are no mistake, and figures in tables need no other style than a class.
    "long-title": "off",
    // Nor are texts that end a line with a blank: they come from data, and nobody sees it.
    "no-trailing-whitespace": "off",
    "no-inline-style": "error",
  },
});

/** What is wrong with a page, as sentences; nothing when it is right. */
export async function complaints(page: string): Promise<string[]> {
  const report = await validator.validateString(page);
  return report.results.flatMap(({ messages }) =>
    messages.map(({ line, ruleId, message }) => `${line}: ${message} (${ruleId})`),
  );
}

/** Everything in a page that would make a browser ask for something else. */
export const references = (page: string): string[] =>
  [
    ...page.matchAll(
      /<(script|link|img|iframe|object|embed|base)\b|\b(?:src|srcset|action)=|url\(|@import|https?:\/\//g,
    ),
  ].map(([found]) => found);
