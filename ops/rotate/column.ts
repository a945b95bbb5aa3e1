import { type Command, Option } from "commander";
import { asApplication } from "../cli/application";
import { refused } from "../cli/exit";
import { operation } from "../cli/operation";
import { readKeys } from "./keysFile";
import { columnType, countByKey, reencrypt } from "./reencrypt";

interface Options {
  readonly to: string;
  readonly keysFile: string;
  readonly dryRun?: boolean;
}

export const column = (): Command =>
  operation<Options, [table: string, column: string]>({
    name: "column",
    summary: "encrypts a column's values with another key",
    description:
      "Encrypts with another key what license_crypto.encrypt encrypted, while the application goes on: give it the new key " +
      "first, so that it can read both. Works as the application's role, in small transactions.",
    arguments: [
      ["<table>", "with its schema: public.customers"],
      ["<column>", "of the type bytea"],
    ],
    changes: true,
    options: [
      new Option("--to <id>", "the id of the new key").makeOptionMandatory(),
      new Option("--keys-file <file>", 'the keys, old and new: {"2026": "…", "2027": "…"}').makeOptionMandatory(),
    ],
    examples: [
      [
        "rotate column public.customers tax_id --to 2027 --keys-file /run/keys.json --dry-run",
        "how many values of which key",
      ],
      ["rotate column public.customers tax_id --to 2027 --keys-file /run/keys.json", "encrypts them anew"],
    ],
    async run({ stack, options, report, confirm, signal }, table, column) {
      const keys = await readKeys(options.keysFile, options.to);
      return asApplication(stack, async (client) => {
        const type = await columnType(client, table, column);
        if (type !== "bytea") {
          throw refused([
            type === undefined
              ? `${table} has no column ${column}: name the table with its schema, both as they are.`
              : `${table}.${column} is ${type}: license_crypto.encrypt makes bytea.`,
          ]);
        }
        const found = await countByKey(client, table, column);
        const unknown = [...found.keys()].filter((id) => !(id in keys));
        if (unknown.length > 0) {
          throw refused(
            unknown.map((id) => `--keys-file: ${found.get(id)} values are of the key "${id}", which it lacks.`),
          );
        }
        const left = [...found].reduce((sum, [id, count]) => sum + (id === options.to ? 0 : count), 0);
        const byKey = Object.fromEntries(found);
        if (options.dryRun || left === 0) {
          const lines = [...found].map(([id, count]) => `${count} values of the key ${id}`);
          return {
            data: { byKey, left },
            text: [...lines, left === 0 ? "Nothing to do." : `${left} to be encrypted anew.`].join("\n"),
          };
        }
        await confirm([
          `encrypt ${left} values of ${table}.${column} with the key "${options.to}", without which nobody reads them from then on`,
        ]);
        let done = 0;
        await report.all([
          {
            title: `${table}.${column}`,
            run: (progress) =>
              reencrypt(
                client,
                { table, column, to: options.to, keys },
                (values) => {
                  done += values;
                  progress(`${done} of ${left}`);
                },
                signal,
              ),
          },
        ]);
        return {
          data: { byKey: Object.fromEntries(await countByKey(client, table, column)), done },
          text: `${done} values encrypted anew.`,
        };
      });
    },
  });
