import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { LOOPBACK, type Place, type Ports } from "../place";
import type { MachineInputs } from "../resources/machine";
import { makeFolder } from "./files";
import { type Owner, otherOwners, readOwner, writeOwner } from "./owner";
import { findBlock, portBlock, portIsFree } from "./ports";

/** Takes the folder for this cluster: a new one's id and ports, or those of the one found half made or adopted. */
export async function claim(news: MachineInputs): Promise<Place> {
  const found = await readOwner(news.folder);
  const owner: Owner = found ?? {
    clusterId: randomBytes(4).toString("hex"),
    name: news.name,
    status: "making",
    ports: await choosePorts(news),
  };
  await makeFolder(news.folder);
  await writeOwner(news.folder, owner);
  return {
    folder: news.folder,
    backupFolder: join(news.backupFolder, `${news.name}-${owner.clusterId}`),
    clusterId: owner.clusterId,
    name: news.name,
    ports: owner.ports,
  };
}

async function choosePorts(news: MachineInputs): Promise<Ports> {
  const taken = (await otherOwners(news.folder)).map((owner) => owner.ports);
  const used = new Set(taken.flatMap((ports) => [ports.writer, ports.reader]));
  const free = async (port: number) => !used.has(port) && (await portIsFree(port, LOOPBACK));
  const preferred = (await free(news.preferredWriterPort)) && (await free(news.preferredReaderPort));
  return portBlock(
    await findBlock(taken, LOOPBACK),
    news.writerPort ?? (preferred ? news.preferredWriterPort : undefined),
    news.readerPort ?? (preferred ? news.preferredReaderPort : undefined),
  );
}
