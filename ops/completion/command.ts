import { resolve } from "node:path";
import { script } from "@bomb.sh/tab"; // completion in the shell
import { Argument, Command } from "commander";
import { quote } from "../setup/environment";

/** What a shell runs to learn what may follow: this very program, wherever the shell is by then. */
const PROGRAM = [process.execPath, resolve(__dirname, "../cli/license-db.mjs")].map(quote).join(" ");

export const command = (): Command =>
  new Command("completion")
    .summary("completion for the shell")
    .description("Prints a script after which the shell completes `license-db`, its commands and their options.")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]))
    .addHelpText(
      "after",
      `
Examples:
  alias license-db='npx license-db'; eval "$(npx license-db completion bash)"
      in ~/.bashrc, or with zsh in ~/.zshrc
  npx license-db completion fish > ~/.config/fish/completions/license-db.fish
      for fish
`,
    )
    .action((shell: string) => script(shell, "license-db", PROGRAM));
