import { defineConfig } from "vitest/config";

/** Plenty even beside a set-up that compiles on every core. */
const PATIENT = 180_000;

/** Suites, each a folder of tests/; how they are run together, and with the set-up, stands in tests/run.ts. */
export default defineConfig({
  test: {
    maxWorkers: "100%",
    projects: [
      { extends: true, test: suite("unit", PATIENT) },
      // Programs under mocks: what they register must not depend on where and when they run.
      { extends: true, test: { ...suite("component", PATIENT), env: { TZ: "UTC" } } },
      { extends: true, test: { ...suite("policy", PATIENT), env: { TZ: "UTC" } } },
      {
        extends: true,
        test: {
          // The real engine and the real provider, whose waits are of minutes.
          ...suite("aws", 5 * PATIENT),
          maxConcurrency: 3,
          sequence: { groupOrder: 1 },
        },
      },
      // Previews by the real engine and the real provider.
      { extends: true, test: { ...suite("alicloud", PATIENT), sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          ...suite("local", PATIENT),
          // Real clusters: they share this machine's ports, memory and cores.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
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
