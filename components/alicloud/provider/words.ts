/**
 * A function's own words, of how Function Compute describes an error of it: {"errorMessage": …, "stackTrace": …}.
 * @returns the whole text where it is none such
 */
export function errorWords(description: string): string {
  const { errorMessage } = (fields(description) ?? {}) as { errorMessage?: unknown };
  return typeof errorMessage === "string" && errorMessage !== "" ? errorMessage : description.trim() || "no word";
}

/** The fields of an answer that is a JSON object. */
export function fields(answer: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const read: unknown = JSON.parse(answer);
    return typeof read === "object" && read !== null && !Array.isArray(read)
      ? (read as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** "{key}" in a text, filled in from an answer; what the answer lacks stays as it is. */
export const filled = (text: string, answer: Readonly<Record<string, unknown>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(answer, name) ? String(answer[name]) : whole));
