import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "../../../components/local/tools/build";
import { extractPackages } from "../../../components/local/tools/debian";
import { cacheFolder, isRoot } from "../../../components/local/tools/folders";
import { withLock } from "../../../components/local/tools/lock";

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: "utf8", stdio: "pipe" });

/** Why no file system can be mounted here; undefined: it can. */
export function whyNoMounts(): string | undefined {
  if (!isRoot()) return "only root mounts file systems";
  try {
    run("unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt");
    return undefined;
  } catch (error) {
    return `this machine lets nobody mount a file system: ${(error as Error).message.split("\n").pop()}`;
  }
}

/** A file system in memory of `size` ("10m"), until `unmount`. */
export function mountMemory(folder: string, size: string): void {
  mkdirSync(folder, { recursive: true });
  run("mount", "-t", "tmpfs", "-o", `size=${size},mode=755`, "tmpfs", folder);
}

export function unmount(folder: string): void {
  run("umount", "--lazy", folder);
  rmSync(folder, { recursive: true, force: true });
}

/** A file system that knows no permissions (NTFS, through FUSE), in the file `image`. Throws where none can be had. */
export async function mountWithoutPermissions(folder: string, image: string): Promise<void> {
  if (!existsSync("/dev/fuse")) throw new Error("the kernel has no FUSE");
  const programs = await ntfs();
  mkdirSync(folder, { recursive: true });
  writeFileSync(image, "");
  truncateSync(image, 2 ** 32); // sparse: it takes no room
  run(join(programs, "mkntfs"), "--quick", "--force", "--quiet", image);
  run(join(programs, "ntfs-3g"), "-o", "allow_other,umask=000", image, folder);
}

async function ntfs(): Promise<string> {
  const cache = cacheFolder();
  const folder = join(cache, "tests-ntfs-3g");
  await withLock(
    join(cache, "lock"),
    () => {},
    async () => {
      if (existsSync(folder)) return;
      const wanted = { release: "own", packages: ["ntfs-3g"], executables: ["bin/ntfs-3g", "sbin/mkntfs"] } as const;
      await buildFolder(folder, (into) => extractPackages(wanted, cache, into, () => {}));
    },
  );
  return join(folder, "bin");
}
