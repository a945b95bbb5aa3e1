/** The project's last release of each major version: https://www.postgresql.org/support/versioning/ */
export const COMMUNITY_SUPPORT: Readonly<Record<number, string>> = {
  12: "2024-11-21",
  13: "2025-11-13",
  14: "2026-11-12",
  15: "2027-11-11",
  16: "2028-11-09",
  17: "2029-11-08",
  18: "2030-11-14",
};
