import type { Profile } from "../components/spec/profile";
import { dev } from "./dev";
import { local } from "./local";
import { prod } from "./prod";

/** What each environment changes relative to R1 to R17. */
export const profiles = { local, dev, prod } as const satisfies Readonly<Record<string, Profile>>;

export type ProfileName = keyof typeof profiles;

export const profileNames = Object.keys(profiles) as readonly ProfileName[];
