import { ensureLocalTools, type LocalTools } from "../../tools";

let found: Promise<LocalTools> | undefined;

/** The servers' programs, found or fetched once for the life of this provider. */
export function localTools(report: (message: string) => void = () => {}): Promise<LocalTools> {
  found ??= ensureLocalTools({ step: report }).catch((error) => {
    found = undefined;
    throw error;
  });
  return found;
}
