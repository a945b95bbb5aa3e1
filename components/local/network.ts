import { hostname, networkInterfaces } from "node:os";
import { isAbsolute, join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { LocalOptions } from "./options";
import { memberNames } from "./provider/place";
import { Machine } from "./resources";
import { stateFolder } from "./tools/folders";

/** R10's port; any other number was asked for, and must be free. */
const STANDARD_PORT = 5432;
const GB = 2 ** 30;
/** What one member needs before it holds any data: WAL, temporary files, room to rewind. */
const MEMBER_DISK = 1.5 * GB;

export const members = (spec: Spec): number => spec.replicas + 1;

/** Every member's name; what needs the members running depends on the cluster, too. */
export const namesOfMembers = (spec: Spec): string[] => memberNames(members(spec));

/** Whether anybody but this machine may connect. */
export const isOpen = (spec: Spec): boolean => spec.access.allowedCidrs.some((cidr) => !isLoopback(cidr));

const isLoopback = (cidr: string): boolean => /^127\./.test(cidr) || cidr.startsWith("::1");

/** The addresses servers listen on: loopback, unless somebody is let in. */
export const listenAddresses = (spec: Spec): string[] => (isOpen(spec) ? ["0.0.0.0"] : ["127.0.0.1"]);

/** What applications are told to connect to. */
export const publicHost = (spec: Spec, options: LocalOptions): string =>
  options.host ?? (isOpen(spec) ? hostname() : "127.0.0.1");

/** Every name and address the certificate must answer for. */
export function certificateHosts(spec: Spec, options: LocalOptions): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address));
  const open = isOpen(spec) ? [hostname(), ...addresses.filter((address) => !address.startsWith("fe80:"))] : [];
  return [...new Set(["localhost", "127.0.0.1", "::1", publicHost(spec, options), ...open])];
}

/** The machine as the cluster's home: folder, ports, supervisor. */
export function createNetwork(spec: Spec, options: LocalOptions, parent: pulumi.Resource) {
  const root = stateFolder();
  const under = (chosen: string | undefined, kind: string) => {
    if (chosen === undefined) return join(root, kind);
    return isAbsolute(chosen) ? chosen : join(process.cwd(), chosen);
  };
  return new Machine(
    `${spec.name}-machine`,
    {
      name: spec.name,
      folder: options.folder === undefined ? join(root, "clusters", spec.name) : under(options.folder, ""),
      backupFolder: under(options.backupFolder, "backups"),
      ...(spec.access.port === STANDARD_PORT ? {} : { writerPort: spec.access.port }),
      ...(options.readerPort === undefined ? {} : { readerPort: options.readerPort }),
      preferredWriterPort: spec.access.port,
      preferredReaderPort: options.readerPort ?? spec.access.port + 1,
      diskNeeded: members(spec) * MEMBER_DISK,
      encrypted: spec.encryption.atRest,
      adopt: options.adopt,
    },
    { parent, protect: spec.deletionProtection },
  );
}

export type LocalNetwork = ReturnType<typeof createNetwork>;
