import * as provider from "@pulumi/pulumi/provider";
import { connectProgress } from "./progress";
import { LocalProvider } from "./provider";

const args = process.argv.slice(2);
connectProgress(args.find((arg) => !arg.startsWith("-")));
void provider.main(new LocalProvider(), args);
