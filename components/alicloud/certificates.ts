import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * "ApsaraDB Root CA" (RSA 4096, SHA-256, 2019 to 2039): what every server certificate of ApsaraDB goes back to. From
 * the bundle Alibaba Cloud publishes for clients, https://apsaradb-public.oss-ap-southeast-1.aliyuncs.com/ApsaraDB-CA-Chain.zip,
 * which also has an older root of the same name (RSA 2048, SHA-1, 2016) that no newer certificate goes back to.
 */
const ROOT_FILE = join(__dirname, "apsaradb.pem");

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

let root: X509Certificate | undefined;

const rootCertificate = (): X509Certificate => {
  root ??= new X509Certificate(readFileSync(ROOT_FILE));
  return root;
};

/** The certificates of a PEM text, in its order. */
const parsed = (text: string): X509Certificate[] => (text.match(PEM) ?? []).map((one) => new X509Certificate(one));

/** Authorities of regions that the root vouches for; nothing else of a file that somebody downloaded is believed. */
const vouchedFor = (certificate: X509Certificate): boolean =>
  certificate.ca &&
  certificate.checkIssued(rootCertificate()) &&
  certificate.verify(rootCertificate().publicKey) &&
  certificate.fingerprint256 !== rootCertificate().fingerprint256;

export interface CertificateOptions {
  /** PEM file with further authorities. */
  readonly caFile?: string;
}

/** What is wrong with the file of further authorities, as sentences; it is read from where `pulumi` runs. */
export function certificateProblems({ caFile }: CertificateOptions): readonly string[] {
  if (caFile === undefined) return [];
  const mend = "download ApsaraDB-CA-Chain.zip (docs/alicloud.md says from where) and name the .pem file in it";
  let found: X509Certificate[];
  try {
    found = parsed(readFileSync(caFile, "utf8"));
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return [`alicloud.caFile: ${caFile} cannot be read as certificates (${code ?? message}): ${mend}`];
  }
  if (found.some(vouchedFor)) return [];
  return [`alicloud.caFile: of ${found.length} certificates in ${caFile} ApsaraDB's root vouches for none: ${mend}`];
}

/**
 * PEM: what vouches for the database's members. ApsaraDB's root; and the regions' authorities of `caFile`, which clients
 * need where a server sends its own certificate alone.
 *
 * @throws Error for a file that `certificateProblems` refuses.
 */
export function caCertificate(options: CertificateOptions = {}): string {
  const [problem] = certificateProblems(options);
  if (problem !== undefined) throw new Error(problem);
  const further = options.caFile === undefined ? [] : parsed(readFileSync(options.caFile, "utf8")).filter(vouchedFor);
  return [rootCertificate(), ...further].map((one) => one.toString()).join("");
}
