import * as pulumi from "@pulumi/pulumi";
import { type Archive, DUMP_TIMEOUT } from "./archive";
import type { Kind } from "./archiver/asked";
import { TASK_RETRIES } from "./function/outcome";
import { Invocation, type InvocationArgs } from "./invocation";
import { logHint } from "./logs";
import type { Site } from "./site";

const FINAL: Kind = "final";
/** Seconds that Function Compute may let a task wait beside the time it runs. */
const QUEUES = 3600;

/**
 * R14: the last dump, which `destroy` takes before it deletes anything else: what this depends on stays until the dump's
 * receipt is there, and stays altogether where there is none.
 *
 * It is there also where no dump is wanted, and then calls nobody: a resource that is taken out of the program is deleted,
 * and that would be one more dump in the middle of an `up`, which nobody could do without.
 */
export function createFinalDump(
  site: Site,
  archive: Archive | undefined,
  everything: readonly pulumi.Resource[],
): void {
  const wanted = archive !== undefined && site.spec.backups.finalBackup;
  new Invocation(site, "final-dump", { on: wanted ? { destroy: lastDump(site, archive) } : {} }, everything);
}

const lastDump = (site: Site, { functionName, bucket }: Archive): InvocationArgs["on"]["destroy"] & object => ({
  functionName,
  event: { payload: FINAL },
  timeout: (1 + TASK_RETRIES) * DUMP_TIMEOUT + QUEUES,
  asTask: true,
  done: pulumi.interpolate`the last dump lies in oss://${bucket}/{key}: {bytes} bytes, read back and found whole`,
  mend: `The database is as it was (${logHint(site)}). Mend that and destroy again; or, to do without a last dump: pulumi config set --path license-db:backups.finalBackup false, then pulumi up and pulumi destroy`,
});
