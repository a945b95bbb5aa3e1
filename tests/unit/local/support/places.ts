import fc from "fast-check";
import type { Place } from "../../../../components/local/provider/place";

const letters = [..."abzAZ059_.@:+=~-éß日Ω"];

/** Any folder that may be configured: what PLAIN_PATH takes, at its worst. */
export const folder = fc
  .array(fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 })
  // The program's own joining of paths takes "." and ".." out.
  .map((parts) => `/${parts.filter((part) => !/^\.+$/.test(part)).join("/")}`)
  .filter((path) => path !== "/");

const shape = (first: string, rest: string, max: number) =>
  fc
    .tuple(fc.constantFrom(...first), fc.string({ unit: fc.constantFrom(...rest), maxLength: max - 1 }))
    .map(([head, tail]) => head + tail);

export const clusterName = shape("abz", "abz059-", 40);
/** A database's or a role's. */
export const sqlName = shape("abz", "abz059_", 63);

const byte = fc.integer({ min: 0, max: 255 });
export const cidrs = fc.array(
  fc.oneof(
    fc.tuple(byte, byte).map(([a, b]) => `10.${a}.${b}.0/24`),
    fc.integer({ min: 0, max: 0xffff }).map((part) => `fd00:${part.toString(16)}::/32`),
  ),
  { maxLength: 5 },
);

const port = fc.integer({ min: 1, max: 65_000 });

export const place: fc.Arbitrary<Place> = fc.record({
  folder,
  backupFolder: folder,
  clusterId: fc.constant("0123abcd"),
  name: clusterName,
  ports: fc.record({
    writer: port,
    reader: port,
    balancedWriter: port,
    balancedReader: port,
    etcdClient: port,
    etcdPeer: port,
    postgres: port,
    patroni: port,
  }),
});
