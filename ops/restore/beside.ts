import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PostgresMajor } from "../../components/local/tools";
import { archiveNow, rangeOf } from "../backup/pgbackrest";
import { refused } from "../cli/exit";
import { localCluster } from "../cli/local";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import { candidates, obstacles } from "./checks";
import type { RestoreOptions } from "./command";
import { copyOptions } from "./copyOptions";
import { recover } from "./recover";
import { dataOf, folderProblems, freeAt, makeItsOwn, prepare, type Scratch, serverOf } from "./scratch";
import { freePort, startServer, stoppedAt, stopServer } from "./server";
import { describeTarget, type Target } from "./target";

/** Restores into a folder of its own, where a server then runs on a port of its own. */
export async function restoreBeside(context: Context<RestoreOptions>, target: Target, folder: string): Promise<Result> {
  const { stack, options, report, signal } = context;
  const cluster = await localCluster(stack);
  const { place } = cluster;
  const { info, archiving, range } = await rangeOf(cluster);
  const problems = await folderProblems(folder, place);
  const situation = {
    target,
    ...(options.backup === undefined ? {} : { label: options.backup }),
    range,
    repositories: info.repositories,
    version: archiving.version,
    ...(options.timeline === undefined ? { history: archiving.history } : {}),
    now: new Date().toISOString(),
    ...(problems.length === 0 ? { free: await freeAt(folder) } : {}),
    folder,
  };
  problems.push(...obstacles(situation));
  if (problems.length > 0) throw refused(problems);
  const from = candidates(situation);
  const what = describeTarget(target, options.exclusive);
  if (options.dryRun) {
    const text = `Would restore ${what} into ${folder}, beginning with backup ${from[0]?.backup.label}.`;
    return { data: { folder, target: what, backup: from[0]?.backup.label }, text };
  }
  // What was committed until now is in the repository, and a commit younger than the target, so that it can be reached.
  await archiveNow(cluster);
  const scratch: Scratch = {
    folder,
    port: await freePort(),
    version: (from[0]?.backup.version ?? archiving.version) as PostgresMajor,
    target: what,
    madeAt: new Date().toISOString(),
  };
  const began = performance.now();
  await prepare(place, scratch);
  const server = await serverOf(scratch);
  const listen = "127.0.0.1";
  const [label] = await report.all([
    {
      title: `restoring ${what} into ${folder}`,
      run: async (progress) => {
        try {
          return await recover(
            {
              place,
              target,
              exclusive: options.exclusive,
              ...(options.timeline === undefined ? {} : { timeline: options.timeline }),
              data: dataOf(folder),
              options: await copyOptions(place, folder),
              signal,
              progress,
            },
            from,
            async () => {
              await makeItsOwn(scratch, listen);
              await startServer(server, {}, signal);
            },
          );
        } catch (error) {
          await stopServer(server, "immediate").catch(() => {});
          throw error;
        }
      },
    },
  ]);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const stopped = await stoppedAt(server.log);
  const ca = join(folder, "ca.crt");
  await writeFile(ca, stack.caCertificate);
  return {
    data: { ...scratch, backup: label, seconds, ...(stopped === undefined ? {} : { stopped }), host: listen, ca },
    text: [
      `Restored ${what} from backup ${label} in ${seconds} s${stopped ? `: stopped ${stopped}` : ""}.`,
      "A server of its own runs on it; it archives nothing, and nothing reaches it but this machine.",
      `  as the superuser:  psql -h ${folder} -p ${scratch.port} -U postgres ${stack.database}`,
      `  as an application: psql 'host=${listen} port=${scratch.port} dbname=${stack.database} user=${stack.username} sslmode=verify-full sslrootcert=${ca}'`,
      `                     (with the password of then)`,
      `To remove it:        npx license-db restore drop ${folder} --stack ${stack.name}`,
    ].join("\n"),
  };
}
