import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { etcdCommand } from "../../../../components/local/provider/config/etcd";
import { guardConfig } from "../../../../components/local/provider/config/guard";
import { issue, newAuthority } from "../../../../components/local/provider/host/tls";
import {
  CLIENT_CERTIFICATES,
  certificatePaths,
  LOOPBACK,
  type Place,
  type Ports,
  paths,
} from "../../../../components/local/provider/place";
import { ensureLocalTools, type LocalTools, runUser } from "../../../../components/local/tools";
import { Lease } from "./lease";
import { Supervised, until } from "./processes";

const DAEMONS = join(__dirname, "../../../../components/local/daemons");
// Blocks of their own, so that a cluster of the machine's user is not in the way; six for each process that runs tests, so
// that two which look at once do not take the same.
const STEP = 30;
const BLOCKS = 6;
const FIRST = 21_000 + (Number(process.env.VITEST_POOL_ID ?? 1) - 1) * BLOCKS * STEP;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });

async function freeBlock(): Promise<number> {
  for (let base = FIRST; base < FIRST + BLOCKS * STEP; base += STEP) {
    const free = await Promise.all(Array.from({ length: STEP }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new Error(`no ${STEP} free ports in a row from ${FIRST} on`);
}

const portsFrom = (base: number): Ports => ({
  writer: base,
  reader: base + 1,
  balancedWriter: base + 2,
  balancedReader: base + 3,
  etcdClient: base + 4,
  etcdPeer: base + 5,
  postgres: base + 6,
  patroni: base + 16,
});

/** A cluster's folder with certificates, the daemons and a real etcd: what the guard needs around it. */
export class Bed {
  readonly lease: Lease;
  private constructor(
    readonly place: Place,
    readonly tools: LocalTools,
    readonly etcd: Supervised,
    readonly guard: Supervised,
  ) {
    const operator = certificatePaths(place.folder, "operator");
    this.lease = new Lease({ port: place.ports.etcdClient, ...operator }, `/license-db/${place.name}/`);
  }

  static async make(members: readonly string[]): Promise<Bed> {
    const tools = await ensureLocalTools();
    const folder = await mkdtemp(join(tmpdir(), "license-db-bed-"));
    const ports = portsFrom(await freeBlock());
    const place: Place = { folder, backupFolder: join(folder, "backup"), clusterId: "0123abcd", name: "bed", ports };
    const at = paths(folder);
    await own(folder);
    for (const name of [at.log, at.run, at.tls, at.etcd, at.daemons, join(folder, "members")]) await makeFolder(name);
    for (const name of members) for (const one of [at.member(name).home, at.member(name).socket]) await makeFolder(one);
    const authority = await newAuthority("bed", 1);
    for (const name of ["server", ...CLIENT_CERTIFICATES] as const) {
      const issued = await issue(authority, name, ["localhost", LOOPBACK], 1);
      const files = certificatePaths(folder, name);
      await writeOwned(files.ca, authority.cert);
      await writeOwned(files.cert, issued.cert);
      await writeOwned(files.key, issued.key);
    }
    for (const file of (await readdir(DAEMONS)).filter((name) => name.endsWith(".py"))) {
      await copyFile(join(DAEMONS, file), join(at.daemons, file));
      await own(join(at.daemons, file));
    }
    await writeOwned(at.guardConfig, guardConfig(place, members));
    const program = (name: string, command: readonly string[]) =>
      new Supervised({ command, log: join(at.log, `${name}.log`), environment: tools.env });
    const guard = program("guard", [tools.python, join(at.daemons, "guard.py"), at.guardConfig]);
    const bed = new Bed(place, tools, program("etcd", etcdCommand(place, tools.etcd)).start(), guard);
    const answers = () =>
      bed.lease.leader().then(
        () => true,
        () => false,
      );
    if (!(await until(answers, 10_000))) throw new Error(`etcd does not answer; see ${at.log}`);
    return bed;
  }

  /** `member.py` with a command in Patroni's place. */
  member(name: string, command: readonly string[]): Supervised {
    const at = paths(this.place.folder);
    return new Supervised({
      command: [this.tools.python, join(at.daemons, "member.py"), at.member(name).lock, "--", ...command],
      log: join(at.log, `${name}.log`),
      environment: this.tools.env,
    });
  }

  async end(): Promise<void> {
    await this.guard.stop();
    await this.etcd.stop();
    this.lease.close();
    await sleep(50);
    if (!process.env.KEEP_TEST_FOLDERS) await rm(this.place.folder, { recursive: true, force: true });
  }
}

async function own(path: string, mode = 0o700): Promise<void> {
  await chmod(path, mode);
  const user = runUser();
  if (user.drop) await chown(path, user.uid, user.gid);
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await own(path);
}

export async function writeOwned(path: string, content: string): Promise<void> {
  await writeFile(path, content);
  await own(path, 0o600);
}
