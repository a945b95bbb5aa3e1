/** Writes what of docs/ comes from code. Run with `npm run docs`; a unit test fails while a file is stale. */
import { readFileSync, writeFileSync } from "node:fs";
import { awsDoc, registeredTypes, withResources } from "./aws";
import { builtSections, configurationDoc, renderConfiguration } from "./configuration";

async function main(): Promise<void> {
  writeFileSync(configurationDoc, renderConfiguration(await builtSections()));
  writeFileSync(awsDoc, withResources(readFileSync(awsDoc, "utf8"), await registeredTypes()));
}

if (require.main === module) main();
