import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, test } from "vitest";
import { activeAlerts } from "../../components/local/provider/host/watching";
import { Watched } from "./support/watched";

// What the rule itself does is in rules.test.ts, and how alerts are told in alerts.test.ts. This one needs the machine's
// processors for itself: the alert is about all of them.
describe("a machine that is watched", () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await Watched.up({ replicas: 0, thresholds: { cpu: { above: 80, for: "4s" } } });
  });
  afterAll(() => watched?.dispose());

  test("tells once of a busy CPU, and once that it is over", async (context) => {
    const idle = async () => (await activeAlerts(watched.place)).every(({ labels }) => labels.alertname !== "cpu");
    for (let tries = 0; !(await idle()); tries++) {
      if (tries === 30) context.skip("others use all of this machine's processors");
      await sleep(1_000);
    }
    const busy: (() => void)[] = [];
    await watched.once(
      "cpu",
      () => {
        for (let core = 0; core < availableParallelism(); core++) {
          const child = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
          busy.push(() => child.kill("SIGKILL"));
        }
      },
      () => busy.forEach((stop) => void stop()),
    );
  });
});
