import * as pulumi from "@pulumi/pulumi";
import { createFinalDump } from "../../../../components/alicloud/finalDump";
import { Invocation } from "../../../../components/alicloud/invocation";
import type { AlicloudOptions } from "../../../../components/alicloud/options";
import { Site } from "../../../../components/alicloud/site";
import type { Spec } from "../../../../components/spec/spec";

const config = new pulumi.Config();
const site = new Site(
  { name: "test", backups: { finalBackup: config.requireBoolean("finalBackup") } } as Spec,
  {} as AlicloudOptions,
  { name: "cn-hangzhou", zones: [] },
  new pulumi.ComponentResource("test:index:Stack", "test"),
);
const call = (functionName: string) => ({ functionName, event: {}, timeout: 60, asTask: false, mend: "Mend the test" });

/** In the place of everything that must outlive a last dump that fails: the "delete" of it is a call, too. */
const database = new Invocation(site, "database", { on: { destroy: call("delete-database") } }, []);
new Invocation(site, "set-up", { on: { up: call("set-up") }, triggers: config.requireObject<string[]>("triggers") }, [
  database,
]);
const archive = { functionName: pulumi.output("archive"), bucket: pulumi.output("the-archive"), ready: [] };
createFinalDump(site, archive, [database]);
