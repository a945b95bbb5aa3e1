import { createPrivateKey, X509Certificate } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../../provider/progress";
import type { ManagedResource } from "../../../provider/resource";
import { type Authorities, ensureAuthorities, hasCome } from "../host/authorities";
import { isThere, makeFolder, readIfThere, writeOwned } from "../host/files";
import { readRotations } from "../host/rotations";
import { takeUpCertificates } from "../host/takeUpCertificates";
import { issue, issuedAt } from "../host/tls";
import { attempt } from "../host/wait";
import { type CertificateName, CLIENT_CERTIFICATES, certificatePaths, type Place, paths } from "../place";

export interface CertificateAuthorityInputs {
  readonly place: Place;
  /** Every name and address a client may use for this machine. */
  readonly hosts: readonly string[];
  /** Days. */
  readonly authorityValidity: number;
  readonly certificateValidity: number;
  /** Days before its end at which a certificate is renewed. */
  readonly renewBefore: number;
}

export interface CertificateAuthorityOutputs {
  /** PEM; two while a new authority is introduced. */
  readonly caCertificate: string;
  /** When the first certificate ends. ISO 8601. */
  readonly validUntil: string;
}

const names: readonly CertificateName[] = ["server", ...CLIENT_CERTIFICATES];
const DAY = 86_400_000;
const endOf = (certificate: X509Certificate): number => Date.parse(certificate.validTo);

/** The cluster's own certificate authority and every certificate it issued. The authority's key never leaves its file. */
export const certificateAuthority: ManagedResource<CertificateAuthorityInputs, CertificateAuthorityOutputs> = {
  secrets: [],

  async create(news, progress) {
    return { id: `${news.place.clusterId}-ca`, outputs: await ensure(news, progress) };
  },

  async drift(state) {
    const { folder } = state.place;
    const trusted = await readIfThere(join(paths(folder).tls, "ca.crt"));
    if (trusted === undefined) return ["the certificate authority is missing"];
    const wanted = await readRotations(folder);
    const findings = await Promise.all(names.map((name) => whyRenew(state, name, trusted, wanted.certificates)));
    return [
      ...((await isThere(untaken(folder))) ? ["not every server has taken up its certificates"] : []),
      ...findings.filter((finding): finding is string => finding !== undefined),
      ...((await hasCome(folder, wanted.authority)) ? [] : ["a new certificate authority was asked for"]),
    ];
  },

  update: (_state, news, progress) => ensure(news, progress),

  async delete() {
    // The folder goes with the machine.
  },
};

/** There while certificates may lie in their files that no server has read yet. */
const untaken = (folder: string): string => join(paths(folder).tls, "not-taken-up");

/**
 * Several rounds where a new authority takes over: what is trusted is taken up by every server before what needs it is
 * shown to any.
 */
async function ensure(news: CertificateAuthorityInputs, progress: Progress): Promise<CertificateAuthorityOutputs> {
  const { place } = news;
  await makeFolder(paths(place.folder).tls);
  const wanted = await readRotations(place.folder);
  const mark = untaken(place.folder);
  let takeUp = await isThere(mark);
  await writeOwned(mark, "");
  for (;;) {
    const authorities = await ensureAuthorities(place, wanted.authority, news.authorityValidity, progress);
    const trustedChanged = takeUp || authorities.changed;
    const issued = await ensureCertificates(news, authorities, wanted.certificates, trustedChanged, progress);
    if (trustedChanged || issued) await takeUpCertificates(place, trustedChanged);
    takeUp = false;
    if (!authorities.come) continue;
    await rm(mark);
    return { caCertificate: authorities.trusted, validUntil: await firstEnd(place) };
  }
}

/**
 * Issues what is missing, wrong, soon at its end or asked for anew; whether there was any.
 *
 * @param trustedChanged Patroni reads anew whom it trusts when its own certificate has become another, and at no other time.
 */
async function ensureCertificates(
  news: CertificateAuthorityInputs,
  { issuer, trusted }: Authorities,
  youngerThan: string | undefined,
  trustedChanged: boolean,
  progress: Progress,
): Promise<boolean> {
  let any = false;
  for (const name of names) {
    const why = await whyRenew(news, name, trusted, youngerThan);
    if (why === undefined && !(trustedChanged && name === "server")) continue;
    progress.step(`issuing the certificate "${name}"`);
    const files = certificatePaths(news.place.folder, name);
    const hosts = name === "server" ? news.hosts : ["localhost"];
    const { key, cert } = await issue(issuer, name, hosts, news.certificateValidity);
    await writeOwned(files.key, key);
    await writeOwned(files.cert, cert, 0o644);
    any = true;
  }
  return any;
}

async function firstEnd({ folder }: Place): Promise<string> {
  const texts = await Promise.all(names.map((name) => readIfThere(certificatePaths(folder, name).cert)));
  return new Date(Math.min(...texts.map((text) => endOf(new X509Certificate(text ?? ""))))).toISOString();
}

/** Why a certificate must be issued anew, or undefined. */
async function whyRenew(
  { place, hosts, renewBefore }: CertificateAuthorityInputs,
  name: CertificateName,
  trusted: string,
  youngerThan: string | undefined,
): Promise<string | undefined> {
  const files = certificatePaths(place.folder, name);
  const [text, key] = await Promise.all([readIfThere(files.cert), readIfThere(files.key)]);
  if (text === undefined || key === undefined) return `certificate "${name}" is missing`;
  const cert = await attempt(async () => new X509Certificate(text));
  // The first of those that are trusted is the one that issues.
  if (!cert?.verify(new X509Certificate(trusted).publicKey)) return `certificate "${name}" is not of this authority`;
  const left = Math.floor((endOf(cert) - Date.now()) / DAY);
  if (left < renewBefore) return `certificate "${name}" ends in ${left} days`;
  if (!cert.checkPrivateKey(createPrivateKey(key))) return `certificate "${name}" is of another key`;
  // Certificates know no part of a second.
  if (youngerThan !== undefined && issuedAt(cert).getTime() + 1_000 <= Date.parse(youngerThan)) {
    return `a new certificate "${name}" was asked for`;
  }
  const missing = name === "server" ? hosts.filter((host) => !cert.checkHost(host) && !cert.checkIP(host)) : [];
  return missing.length > 0 ? `certificate "server" lacks ${missing.join(", ")}` : undefined;
}
