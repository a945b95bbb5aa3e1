import { join } from "node:path";
import { runUser } from "../../tools";
import { etcdCommand } from "../config/etcd";
import { guardConfig } from "../config/guard";
import { renderPatroni } from "../config/patroni";
import type { Program } from "../config/supervisord";
import { memberNames, type Place, paths } from "../place";
import { type ClusterInputs, FIRST_MAJOR } from "../resources/clusterInputs";
import { DAEMONS_VARIABLE, daemonsVersion } from "./daemons";
import { makeFolder, writeOwned } from "./files";
import { bestLocale } from "./locale";
import { isMember } from "./members";
import { askPatroni } from "./patroni";
import { signalProgram } from "./supervisor";
import { localTools, postgresBin } from "./tools";
import { attempt } from "./wait";

/** Every configuration file of the cluster, by path. */
export async function clusterFiles(news: ClusterInputs): Promise<Record<string, string>> {
  const { place } = news;
  const user = runUser();
  const options = {
    ...news,
    postgresBin: await postgresBin(news.major ?? FIRST_MAJOR),
    operators: [...new Set([user.name, ...(user.drop ? ["root"] : [])])],
    locale: await bestLocale(),
  };
  const members = memberNames(news.memberCount);
  const configurations = members.map((member) => [
    paths(place.folder).member(member).config,
    renderPatroni(place, member, news, options),
  ]);
  return { ...Object.fromEntries(configurations), [paths(place.folder).guardConfig]: guardConfig(place, members) };
}

/** Writes every configuration file. */
export async function configure(news: ClusterInputs): Promise<void> {
  const at = paths(news.place.folder);
  for (const member of memberNames(news.memberCount)) {
    await makeFolder(at.member(member).home);
    await makeFolder(at.member(member).socket);
  }
  await makeFolder(at.etcd);
  for (const [path, content] of Object.entries(await clusterFiles(news))) await writeOwned(path, content);
}

/**
 * Has programs that run read their files again. Also where this run has changed none: one that was killed may have
 * changed them and not come as far as here.
 */
export async function reread(place: Place, programs: readonly string[]): Promise<void> {
  if (programs.includes("guard")) await attempt(() => signalProgram(place, "guard", "HUP"));
  const members = programs.filter(isMember);
  await Promise.all(members.map((member) => attempt(() => askPatroni(place, member, "POST", "/reload"))));
}

/** Every program of the cluster: etcd, the guard, and a Patroni for each member. */
export async function clusterPrograms(place: Place, members: readonly string[]): Promise<Program[]> {
  const tools = await localTools();
  const at = paths(place.folder);
  const daemon = (file: string, ...args: string[]) => [tools.python, "-u", join(at.daemons, file), ...args];
  return [
    { name: "etcd", command: etcdCommand(place, tools.etcd), priority: 10, stopWait: 10 },
    {
      name: "guard",
      command: daemon("guard.py", at.guardConfig),
      environment: { [DAEMONS_VARIABLE]: await daemonsVersion() },
      priority: 20,
      stopWait: 10,
    },
    ...members.map((member) => ({
      name: member,
      command: daemon("member.py", at.member(member).lock, "--", tools.patroni, at.member(member).config),
      priority: 30,
      // Patroni stops PostgreSQL cleanly first, with a checkpoint.
      stopWait: 90,
    })),
  ];
}
