/** Writes what of docs/ comes from code. Run with `npm run docs`; a unit test fails while a file is stale. */
import { readFileSync, writeFileSync } from "node:fs";
import { alicloud } from "./alicloud";
import { aws } from "./aws";
import { capabilitiesDoc, productionCapabilities, renderCapabilities } from "./capabilities";
import { builtSections, configurationDoc, renderConfiguration } from "./configuration";
import { monitoringDoc, withAlerts } from "./monitoring";
import { policyDoc, withRules } from "./policy";
import { registeredTypes, withResources } from "./resources";

async function main(): Promise<void> {
  writeFileSync(configurationDoc, renderConfiguration(await builtSections()));
  writeFileSync(capabilitiesDoc, renderCapabilities(await productionCapabilities()));
  writeFileSync(policyDoc, withRules(readFileSync(policyDoc, "utf8")));
  writeFileSync(monitoringDoc, withAlerts(readFileSync(monitoringDoc, "utf8")));
  for (const documented of [aws, alicloud]) {
    const registered = await registeredTypes(documented);
    writeFileSync(documented.doc, withResources(documented, readFileSync(documented.doc, "utf8"), registered));
  }
}

if (require.main === module) main();
