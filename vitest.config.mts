import { defineConfig } from "vitest/config";

/** Plenty even beside a set-up that compiles on every core. */
const PATIENT = 180_000;

/** Suites, each a folder of tests/; how they are run together, and with the set-up, stands in tests/run.ts. */
export default defineConfig({
  test: {
    maxWorkers: "100%",
    // Several runs at once would write one file of earlier durations.
    cache: false,
    projects: [
      // Files share what they load, above all the clouds' SDKs: what is tested here keeps nothing between two calls.
      { extends: true, test: { ...suite("unit", PATIENT), isolate: false } },
      // Programs under mocks: what they register must not depend on where and when they run.
      { extends: true, test: { ...suite("component", PATIENT), isolate: false, env: { TZ: "UTC" } } },
      { extends: true, test: { ...suite("policy", PATIENT), env: { TZ: "UTC" } } },
      {
        extends: true,
        test: {
          // The real engine and the real provider, whose waits are of minutes: every file waits at once.
          ...suite("aws", 5 * PATIENT),
          maxWorkers: 8,
          maxConcurrency: 3,
          sequence: { groupOrder: 1 },
        },
      },
      // Previews by the real engine and the real provider.
      { extends: true, test: { ...suite("alicloud", PATIENT), sequence: { groupOrder: 2 } } },
      // Real clusters: they share this machine's ports, memory and cores.
      ...["local", "ops", "monitoring"].map((name, index) => ({
        extends: true as const,
        test: { ...suite(name, PATIENT), fileParallelism: false, sequence: { groupOrder: 3 + index } },
      })),
    ],
  },
});

function suite(name: string, timeout: number) {
  return {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: timeout,
    hookTimeout: timeout,
  };
}
