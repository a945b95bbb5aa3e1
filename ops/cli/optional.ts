import { EXIT, OperationError } from "./exit";

/** A cloud's SDK, which only who is in that cloud installs. */
export async function optional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    throw new OperationError(EXIT.usage, `The package ${name} is missing: npm install ${name}`);
  }
}
