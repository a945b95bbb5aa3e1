import { readFile } from "node:fs/promises";

/** The kernel's number for a socket that waits for connections. */
const LISTEN = "0A";

/** The IPv4 addresses of this machine on which somebody listens at a TCP port, as the kernel has them, sorted. */
export async function listeningAddresses(port: number): Promise<string[]> {
  const rows = (await readFile("/proc/net/tcp", "utf8")).trim().split("\n").slice(1);
  const found = rows.flatMap((row) => {
    const [, local = "", , state] = row.trim().split(/\s+/);
    const [address = "", hex = ""] = local.split(":");
    return state === LISTEN && Number.parseInt(hex, 16) === port ? [dotted(address)] : [];
  });
  return [...new Set(found)].sort();
}

/** "0100007F", in the byte order of x86-64 and arm64 -> "127.0.0.1" */
const dotted = (hex: string): string => [...Buffer.from(hex, "hex")].reverse().join(".");
