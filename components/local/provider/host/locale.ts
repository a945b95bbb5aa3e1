import { run } from "./run";

/** C.UTF-8 where the machine has it (sorting by code point, the same on every machine), else plain C. */
export async function bestLocale(): Promise<string> {
  const known = await run("locale", ["-a"]).catch(() => "");
  return known.split("\n").find((name) => /^C\.utf-?8$/i.test(name)) ?? "C";
}
