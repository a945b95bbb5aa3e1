import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { type Command, Option } from "commander";
import { EXIT, OperationError } from "../cli/exit";
import { type Context, operation } from "../cli/operation";
import type { Result } from "../cli/out";
import { look } from "./look";
import { type Paint, render } from "./render";
import type { Status } from "./status";

interface Options {
  readonly watch: boolean;
}

/** Milliseconds between two looks. */
const RHYTHM = 2_000;

export const command = (): Command =>
  operation<Options>({
    name: "status",
    summary: "the cluster on one screen",
    description:
      "Members, lag, pools, backups, certificates, alarms, the next windows and the last drill. Exit code 3: something is not well.",
    options: [new Option("-w, --watch", "look again every two seconds, until Ctrl-C").default(false)],
    examples: [
      ["status", "the stack local"],
      ["status --stack prod --watch", "looks again and again"],
      ["status --json | jq .problems", "for scripts; the exit code tells the same"],
    ],
    run: (context) => (context.options.watch ? watch(context) : once(context)),
  });

async function once({ stack, options }: Context<Options>): Promise<Result> {
  return resultOf(await look(stack), painter(options.json));
}

const resultOf = (status: Status, paint: Paint): Result => ({
  data: status,
  text: render(status, paint),
  well: status.problems.length === 0,
});

/** Draws the screen anew until it is interrupted; with --json a line for each look. */
async function watch({ stack, options, signal }: Context<Options>): Promise<Result> {
  const paint = painter(options.json);
  let well = true;
  while (!signal.aborted) {
    const seen = await look(stack).then(
      (status) => resultOf(status, paint),
      (error: unknown): Result => {
        // A cluster that is down is what one may be waiting to see come back.
        if (!(error instanceof OperationError) || error.exitCode !== EXIT.failed) throw error;
        return {
          data: { stack: stack.name, problems: [error.message] },
          text: paint("red", `! ${error.message}`),
          well: false,
        };
      },
    );
    well = seen.well !== false;
    process.stdout.write(options.json ? `${JSON.stringify(seen.data)}\n` : `${clear()}${seen.text}\n`);
    await sleep(RHYTHM, undefined, { signal }).catch(() => {});
  }
  return { data: undefined, text: "", well };
}

/** The whole screen and what has scrolled away; elsewhere than on a terminal a line between two looks. */
const clear = (): string => (process.stdout.isTTY ? "\x1b[2J\x1b[3J\x1b[H" : "\n");

const painter = (json: boolean): Paint =>
  process.stdout.isTTY && !json && !process.env.NO_COLOR
    ? (colour, text) => styleText(colour, text)
    : (_, text) => text;
