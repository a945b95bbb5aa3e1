import { Option } from "commander";

export interface LocalOptions {
  readonly configFile?: string;
}

/** Whatever runs the engine has to know the stack's configuration. */
export const configFile = new Option("--config-file <file>", "the stack's configuration, if not Pulumi.STACK.yaml");
