import type { Spec } from "../spec/spec";
import type { AlicloudOptions } from "./options";

const DAY = 86_400;
const MILLISECONDS = 1000;

/**
 * R13: what to say of passwords that are due. Without a KMS instance nothing rotates them but the date in the
 * configuration, which is also how their age is known.
 *
 * @param now what is compared with.
 * @returns sentences; none while the passwords are younger than the spec wants them.
 */
export function passwordAge(
  { encryption: { passwordRotation } }: Pick<Spec, "encryption">,
  { encryption: { passwordsSince } }: { encryption: Pick<AlicloudOptions["encryption"], "passwordsSince"> },
  now: Date,
): readonly string[] {
  const days = passwordRotation / DAY;
  const today = now.toISOString().slice(0, 10);
  const mend = `set license-db:alicloud.encryption.passwordsSince to ${today}, run pulumi up, and give applications the new one`;
  if (passwordsSince === undefined) {
    return [`The age of the database's passwords is not known, and they are to change every ${days} days: ${mend}.`];
  }
  const age = Math.floor((now.getTime() - Date.parse(passwordsSince)) / (DAY * MILLISECONDS));
  return age < days ? [] : [`The database's passwords are ${age} days old, and are to change every ${days}: ${mend}.`];
}

/** What is wrong with the day itself: it is none, or has not come yet. */
export function passwordDayProblem(
  { encryption: { passwordsSince } }: { encryption: Pick<AlicloudOptions["encryption"], "passwordsSince"> },
  now: Date,
): string | undefined {
  if (passwordsSince === undefined) return undefined;
  const day = new Date(`${passwordsSince}T00:00:00Z`);
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(passwordsSince);
  // Somewhere on earth it is tomorrow already.
  if (isDay && day.getTime() <= now.getTime() + DAY * MILLISECONDS) return undefined;
  const wrong = isDay ? "that day has not come" : "there is no such day";
  return `alicloud.encryption.passwordsSince is ${passwordsSince}: ${wrong}; write the day of the last change, such as ${now.toISOString().slice(0, 10)}`;
}
