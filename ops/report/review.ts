import { COMMUNITY_SUPPORT } from "../../components/catalogue/support";

/** The quarter's look at versions, as --json prints it. */
export interface Review {
  readonly stack: string;
  readonly vendor: string;
  readonly at: string;
  readonly running: string;
  /** The newest minor version that can be had here, and who says so; null where nobody does. */
  readonly newest: { readonly version: string; readonly source: string } | null;
  /** Later major versions that can be had here. */
  readonly majors: readonly string[];
  /** The end of fixes for this major version: the community's, and the vendor's where it tells another. */
  readonly support: readonly { readonly by: string; readonly ends: string; readonly days: number }[];
  readonly extensions: readonly { readonly name: string; readonly installed: string; readonly newest: string }[];
  readonly audit: { readonly available: boolean; readonly loaded: boolean; readonly log?: string };
  /** What to do, in sentences; nothing where all is as new as can be. */
  readonly findings: readonly string[];
}

/** What the review is made of. */
export interface Facts extends Omit<Review, "findings" | "support" | "majors" | "newest"> {
  /** Every version that can be had here: "15.20", "17.4"; undefined where nobody tells. */
  readonly offered: { readonly versions: readonly string[]; readonly source: string } | undefined;
  /** The vendor's own end of fixes for the running major version. */
  readonly vendorSupport?: string;
}

const DAY = 86_400_000;
/** Days before the end of fixes from which a review asks for an upgrade: one in which it is planned, rehearsed and done. */
const NOTICE = 365;

export function reviewOf({ offered, vendorSupport, ...facts }: Facts): Review {
  const major = majorOf(facts.running);
  const mine = (offered?.versions ?? []).filter((version) => majorOf(version) === major).sort(byVersion);
  const newest = mine.at(-1);
  const majors = [...new Set((offered?.versions ?? []).map(majorOf))]
    .filter((one) => one > major)
    .sort((a, b) => a - b);
  const ends = [
    ...(COMMUNITY_SUPPORT[major] === undefined
      ? []
      : [{ by: "the PostgreSQL project", ends: COMMUNITY_SUPPORT[major] }]),
    ...(vendorSupport === undefined ? [] : [{ by: facts.vendor, ends: vendorSupport }]),
  ];
  const support = ends.map((one) => ({
    ...one,
    days: Math.floor((Date.parse(one.ends) - Date.parse(facts.at)) / DAY),
  }));
  return {
    ...facts,
    newest: newest === undefined || offered === undefined ? null : { version: newest, source: offered.source },
    majors: majors.map(String),
    support,
    findings: [
      ...(newest !== undefined && byVersion(facts.running, newest) < 0
        ? [
            `PostgreSQL ${facts.running} runs, ${newest} can be had (${offered?.source}): read its release notes, then bring it in.`,
          ]
        : []),
      ...(newest === undefined
        ? ["Nobody here tells the newest minor version: see https://www.postgresql.org/support/versioning/."]
        : []),
      ...support
        .filter(({ days }) => days < NOTICE)
        .map(
          ({ by, ends: end, days }) =>
            `Fixes for PostgreSQL ${major} by ${by} ${days < 0 ? "ended" : "end"} ${end}: plan the upgrade (npx license-db upgrade rehearse).`,
        ),
      ...facts.extensions
        .filter(({ installed, newest: version }) => installed !== version)
        .map(
          ({ name, installed, newest: version }) =>
            `The extension ${name} is ${installed}, ${version} came with the server: ALTER EXTENSION ${name} UPDATE.`,
        ),
    ],
  };
}

export const majorOf = (version: string): number => Number(/^\d+/.exec(version)?.[0] ?? Number.NaN);

/** PostgreSQL's versions have two numbers since 10. */
export function byVersion(a: string, b: string): number {
  const parts = (version: string) => (/^\d+(\.\d+)?/.exec(version)?.[0] ?? "0").split(".").map(Number);
  const [x, y] = [parts(a), parts(b)];
  return (x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0);
}
