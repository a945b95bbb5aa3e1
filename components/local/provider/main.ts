import * as provider from "@pulumi/pulumi/provider";
import { connectProgress } from "./progress";
import { LocalProvider } from "./provider";

/** Milliseconds between two looks at whether the engine still lives. */
const LOOK = 200;

// An engine that was killed must not leave us at work: the next `up` would meet us in the same folder.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit(1);
}, LOOK).unref();

const args = process.argv.slice(2);
connectProgress(args.find((arg) => !arg.startsWith("-")));
void provider.main(new LocalProvider(), args);
