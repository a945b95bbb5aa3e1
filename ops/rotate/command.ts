import { Command } from "commander";
import { certificates } from "./certificates";
import { column } from "./column";
import { keys } from "./keys";
import { password } from "./password";

export const command = (): Command =>
  new Command("rotate")
    .summary("new passwords, certificates and keys")
    .description("New passwords, certificates and keys, without a query lost.")
    .addCommand(password())
    .addCommand(certificates())
    .addCommand(keys())
    .addCommand(column());
