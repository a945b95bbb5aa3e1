import { BlockList, isIP } from "node:net";

interface Block {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/** "10.0.0.0/8", "fd00::/8", or an address; undefined: none of these. */
function parse(text: string): Block | undefined {
  const [address = "", bits] = text.trim().split("/");
  const version = isIP(address);
  if (version === 0) return undefined;
  const most = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : /^\d+$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(prefix >= 0 && prefix <= most)) return undefined;
  return { address, prefix, family: version === 4 ? "ipv4" : "ipv6" };
}

/** Whether a CIDR block lies in one of others. What is no CIDR block lies in none. */
export function isWithin(text: string, others: readonly string[]): boolean {
  const block = parse(text);
  if (!block) return false;
  return others.some((one) => {
    const other = parse(one);
    if (!other || other.family !== block.family || other.prefix > block.prefix) return false;
    const list = new BlockList();
    list.addSubnet(other.address, other.prefix, other.family);
    return list.check(block.address, block.family);
  });
}

/** Everybody, or half of everybody: "0.0.0.0/0", "::/0", "0.0.0.0/1"; and what cannot be read. */
export function isEverywhere(text: string): boolean {
  const block = parse(text);
  return !block || block.prefix < (block.family === "ipv4" ? 4 : 8);
}
