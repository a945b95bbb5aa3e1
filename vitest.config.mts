import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Plenty even beside a set-up that compiles on every core. */
const PATIENT = 180_000;
/** Files that need servers or a cloud's provider wait, too: more of them at once than there are cores. */
const WAITING = 3;
const LONG = "tests/**/*.long.test.ts";

/** What takes longest begins first, so that no long file is left for the end. All others follow in their own order. */
const LONGEST_FIRST: readonly string[] = [
  "aws/cluster",
  "aws/instance",
  "local/lifecycle",
  "local/daemons/failover",
  "ops/migrate",
  "policy/stacks",
  "policy/gate",
  "ops/upgrade",
  "ops/rotate",
  "ops/restores",
  "monitoring/alerts",
  "local/badDays",
  "ops/drills",
  "alicloud/invocation",
  "local/daemons/guard",
  "ops/client",
  "local/badDaysKilled",
  "local/repositories",
  "local/daemons/scheduler",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONGEST_FIRST.findIndex((one) => moduleId.endsWith(`/tests/${one}.test.ts`));
      return found === -1 ? LONGEST_FIRST.length : found;
    };
    return files.toSorted((a, b) => place(a) - place(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

/** Suites, each a folder of tests/; which of them run together, and with what set-up, stands in tests/run.ts. */
export default defineConfig({
  test: {
    maxWorkers: "100%",
    // Several runs at once would write one file of earlier durations.
    cache: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Files share what they load, above all the clouds' SDKs: what is tested here keeps nothing between two calls.
      { extends: true, test: { ...suite("unit"), isolate: false } },
      // Programs under mocks: what they register must not depend on where and when they run.
      { extends: true, test: { ...suite("component"), isolate: false, env: { TZ: "UTC" } } },
      { extends: true, test: { ...withServers("policy"), env: { TZ: "UTC" } } },
      // The real engine and the real provider, whose waits are of minutes.
      {
        extends: true,
        test: { ...withServers("aws"), testTimeout: 5 * PATIENT, hookTimeout: 5 * PATIENT, maxConcurrency: 3 },
      },
      // Previews by the real engine and the real provider.
      { extends: true, test: withServers("alicloud") },
      // Real servers and real clusters.
      ...["local", "ops", "monitoring"].map((name) => ({ extends: true as const, test: withServers(name) })),
      // What `npm test` leaves out (docs/proof.md): one after the other, as some of it is about seconds.
      {
        extends: true,
        test: {
          ...suite("long"),
          include: [LONG],
          exclude: [],
          env: { TZ: "UTC", LICENSE_DB_EVERY_CASE: "true" },
          testTimeout: 5 * PATIENT,
          hookTimeout: 5 * PATIENT,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

function suite(name: string) {
  return {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    exclude: [LONG],
    testTimeout: PATIENT,
    hookTimeout: PATIENT,
  };
}

function withServers(name: string) {
  return { ...suite(name), maxWorkers: WAITING, sequence: { groupOrder: 1 } };
}
