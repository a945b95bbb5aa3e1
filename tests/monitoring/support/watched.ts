import { join } from "node:path";
import { expect } from "vitest";
import { activeAlerts } from "../../../components/local/provider/host/watching";
import type { Place } from "../../../components/local/provider/place";
import { mountMemory, unmount } from "../../local/support/mounts";
import { killCluster } from "../../local/support/processes";
import { AS_LOCAL, TestStack } from "../../local/support/stack";
import { Webhook } from "../../local/support/webhook";

/** Part of the address of whom alerts are told. */
export const TOKEN = "a-token-that-nobody-may-see";

interface Asked {
  readonly replicas: number;
  readonly thresholds: Readonly<Record<string, object>>;
  /** The size of a disk of its own for the backups; absent: they lie with all else. */
  readonly backups?: string | undefined;
}

/** A cluster that is looked at every second, and a webhook that is told. */
export class Watched {
  private constructor(
    readonly stack: TestStack,
    readonly place: Place,
    readonly webhook: Webhook,
    /** The folder of the backups. */
    readonly backups: string,
    private readonly mounted: boolean,
  ) {}

  static async up({ replicas, thresholds, backups: size }: Asked): Promise<Watched> {
    const stack = await TestStack.make("watched", {
      ...AS_LOCAL,
      replicas,
      // A frozen replica must not hold up writes: it is its lag that is looked at.
      synchronousReplication: false,
      backups: { finalBackup: false },
    });
    const webhook = await Webhook.listen(stack.scratch);
    const backups = join(stack.scratch, "backups");
    if (size) mountMemory(backups, size);
    stack.configure({
      alerts: { contacts: [`${webhook.url}/${TOKEN}`], thresholds },
      local: {
        backupFolder: backups,
        monitoring: { enabled: true, interval: "1s", trustedCa: webhook.authority },
      },
    });
    const made = await stack.up();
    expect(made.code, made.diagnostics.join("\n")).toBe(0);
    return new Watched(stack, await stack.place(), webhook, backups, size !== undefined);
  }

  async dispose(): Promise<void> {
    this.webhook.close();
    await killCluster(this.place);
    if (this.mounted) unmount(this.backups);
    await this.stack.dispose();
  }

  /** An alert is told once as it begins, and once as it ends. */
  async once(alert: string, begin: () => Promise<void> | void, end: () => Promise<void> | void): Promise<void> {
    const { place, webhook } = this;
    // What the test before has left is over, and said to be.
    const quiet = async () =>
      webhook.of(alert).at(-1) !== "firing" &&
      (await activeAlerts(place)).every(({ labels }) => labels.alertname !== alert);
    await expect.poll(quiet, { timeout: 60_000, message: `${alert} is over` }).toBe(true);
    const before = webhook.of(alert).length;
    await begin();
    try {
      await webhook.until(alert, "firing", before);
      expect((await activeAlerts(place)).map(({ labels }) => labels.alertname)).toContain(alert);
    } finally {
      await end();
    }
    await webhook.until(alert, "resolved", before);
    expect(webhook.of(alert).slice(before)).toEqual(["firing", "resolved"]);
    const told = webhook.told.findLast((one) => one.alerts.some(({ labels }) => labels.alertname === alert));
    expect(told?.path).toBe(`/${TOKEN}`);
    expect(told?.alerts[0]?.annotations).toMatchObject({ runbook: expect.stringMatching(/\w{3}/) });
  }
}
