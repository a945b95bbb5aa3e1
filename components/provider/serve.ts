import { main, type Provider } from "@pulumi/pulumi/provider";
import { connectProgress } from "./progress";

/** Milliseconds between two looks at whether the engine still lives. */
const LOOK = 200;

/** Has the engine that started this process drive the provider, for as long as that engine lives. */
export function serve(provider: Provider): void {
  // An engine that was killed must not leave us at work: the next `up` would meet us at the same things.
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(1);
  }, LOOK).unref();

  const args = process.argv.slice(2);
  connectProgress(args.find((arg) => !arg.startsWith("-")));
  void main(provider, args);
}
