import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { makeFolder, writeOwned } from "../../../components/local/provider/host/files";
import { run } from "../../../components/local/provider/host/run";
import { runUser } from "../../../components/local/tools";
import { buildFolder } from "../../../components/local/tools/build";
import { extractPackages } from "../../../components/local/tools/debian";
import { cacheFolder } from "../../../components/local/tools/folders";
import { withLock } from "../../../components/local/tools/lock";
import { freePort } from "./ports";

/** OpenSSH's server on loopback, for SFTP alone, run as the user the database's servers run as. */
export class SftpServer {
  private constructor(
    readonly port: number,
    readonly user: string,
    readonly privateKeyFile: string,
    /** Of the server's key, as ssh-keygen prints it after SHA256: */
    readonly hostFingerprint: string,
    /** Where its clients may put things. */
    readonly folder: string,
    private readonly server: ChildProcess,
  ) {}

  static async start(folder: string): Promise<SftpServer> {
    const bin = await openssh();
    const at = (name: string) => join(folder, name);
    await makeFolder(folder);
    await makeFolder(at("files"));
    for (const [key, ...more] of [["host"], ["client", "-m", "PEM"]] as const) {
      await run("ssh-keygen", ["-q", "-t", "ecdsa", ...more, "-N", "", "-f", at(key)]);
    }
    await writeOwned(at("authorized_keys"), await readFile(at("client.pub"), "utf8"));
    const port = await freePort();
    const configuration = {
      Port: port,
      ListenAddress: "127.0.0.1",
      HostKey: at("host"),
      AuthorizedKeysFile: at("authorized_keys"),
      PasswordAuthentication: "no",
      KbdInteractiveAuthentication: "no",
      UsePAM: "no",
      StrictModes: "no",
      PidFile: "none",
      Subsystem: `sftp ${bin.sftpServer}`,
    };
    const text = Object.entries(configuration).map(([key, value]) => `${key} ${value}\n`);
    await writeOwned(at("sshd_config"), text.join(""));
    const user = runUser();
    const server = spawn(bin.sshd, ["-D", "-e", "-f", at("sshd_config")], {
      stdio: "ignore",
      ...(user.drop ? { uid: user.uid, gid: user.gid } : {}),
    });
    await answering(port);
    const printed = await run("ssh-keygen", ["-lf", at("host.pub")]);
    const fingerprint = /SHA256:(\S+)/.exec(printed)?.[1] ?? "";
    return new SftpServer(port, user.name, at("client"), fingerprint, at("files"), server);
  }

  stop(): void {
    this.server.kill("SIGKILL");
  }
}

/** From PATH where it is installed; else Debian's package, unpacked into the cache. */
async function openssh(): Promise<{ sshd: string; sftpServer: string }> {
  const installed = { sshd: "/usr/sbin/sshd", sftpServer: "/usr/lib/openssh/sftp-server" };
  if (existsSync(installed.sshd) && existsSync(installed.sftpServer)) return installed;
  const cache = cacheFolder();
  const folder = join(cache, "tests-openssh");
  await withLock(
    join(cache, "tests-openssh.lock"),
    () => {},
    async () => {
      if (existsSync(folder)) return;
      const packages = ["openssh-server", "openssh-sftp-server"];
      const executables = ["usr/sbin/sshd", "usr/lib/openssh/sftp-server"];
      await buildFolder(folder, (into) =>
        extractPackages({ release: "own", packages, executables }, cache, into, () => {}),
      );
    },
  );
  return { sshd: join(folder, "bin/sshd"), sftpServer: join(folder, "bin/sftp-server") };
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    if (tries > 100) throw new Error(`no SSH server came up on port ${port}`);
    await new Promise((later) => setTimeout(later, 100));
  }
}
