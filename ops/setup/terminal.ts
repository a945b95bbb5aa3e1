import { LineReporter, type Reporter, type Step } from "../../components/local/tools/reporter";

/** A live list on a terminal, plain lines on standard error elsewhere. */
export function reporterForHere(): Reporter {
  return process.stderr.isTTY && !process.env.CI ? new TerminalReporter() : new LineReporter();
}

class TerminalReporter implements Reporter {
  async all<T>(steps: readonly Step<T>[]): Promise<T[]> {
    // Live task lists; loaded only when there is something to show.
    const { Listr, PRESET_TIMER } = await import("listr2");
    const results: T[] = [];
    const failures: unknown[] = [];
    const tasks = steps.map((step, index) => ({
      title: step.title,
      task: async (_: unknown, task: { output: string; title: string }) => {
        try {
          const result = await step.run((text) => {
            task.output = text;
          });
          results[index] = result;
          task.title = `${step.title}: ${step.outcome?.(result) ?? "done"}`;
        } catch (error) {
          failures.push(error);
          throw new Error("failed; the reason stands below");
        }
      },
    }));
    const list = new Listr(tasks, {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: { timer: PRESET_TIMER },
    });
    await list.run();
    if (failures.length > 0) {
      throw failures.length === 1 ? failures[0] : new Error(failures.map(message).join("\n\n"));
    }
    return results;
  }

  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
