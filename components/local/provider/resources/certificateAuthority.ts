import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { makeFolder, readIfThere, writeOwned } from "../host/files";
import { onMember } from "../host/sql";
import { programStates, signalProgram } from "../host/supervisor";
import { type Issued, issue, newAuthority } from "../host/tls";
import { attempt } from "../host/wait";
import { type CertificateName, CLIENT_CERTIFICATES, certificatePaths, type Place, paths } from "../place";
import type { Progress } from "../progress";
import type { LocalResource } from "../resource";

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
  /** PEM. */
  readonly caCertificate: string;
  /** When the first certificate ends. ISO 8601. */
  readonly validUntil: string;
}

const names: readonly CertificateName[] = ["server", ...CLIENT_CERTIFICATES];
const DAY = 86_400_000;
const endOf = (certificate: X509Certificate): number => Date.parse(certificate.validTo);

/** The cluster's own certificate authority and every certificate it issued. The authority's key never leaves its file. */
export const certificateAuthority: LocalResource<CertificateAuthorityInputs, CertificateAuthorityOutputs> = {
  secrets: [],

  async create(news, progress) {
    return { id: `${news.place.clusterId}-ca`, outputs: await ensure(news, progress) };
  },

  async drift(state) {
    const authority = await readIfThere(join(paths(state.place.folder).tls, "ca.crt"));
    if (authority === undefined) return ["the certificate authority is missing"];
    const findings = await Promise.all(names.map((name) => whyRenew(state, name, authority)));
    return findings.filter((finding): finding is string => finding !== undefined);
  },

  update: (_state, news, progress) => ensure(news, progress),

  async delete() {
    // The folder goes with the machine.
  },
};

async function ensure(news: CertificateAuthorityInputs, progress: Progress): Promise<CertificateAuthorityOutputs> {
  const tls = paths(news.place.folder).tls;
  await makeFolder(tls);
  const authority = await ensureAuthority(news, tls);
  let renewed = false;
  const ends: number[] = [];
  for (const name of names) {
    const files = certificatePaths(news.place.folder, name);
    if (await whyRenew(news, name, authority.cert)) {
      progress.step(`issuing the certificate "${name}"`);
      const issued = await issue(
        authority,
        name,
        name === "server" ? news.hosts : ["localhost"],
        news.certificateValidity,
      );
      await writeOwned(files.key, issued.key);
      await writeOwned(files.cert, issued.cert, 0o644);
      renewed = true;
    }
    ends.push(endOf(new X509Certificate((await readIfThere(files.cert)) ?? "")));
  }
  if (renewed) await reload(news.place);
  return { caCertificate: authority.cert, validUntil: new Date(Math.min(...ends)).toISOString() };
}

async function ensureAuthority(news: CertificateAuthorityInputs, tls: string): Promise<Issued> {
  const [cert, key] = await Promise.all([readIfThere(join(tls, "ca.crt")), readIfThere(join(tls, "ca.key"))]);
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert !== undefined) {
    throw new Error(
      `${join(tls, "ca.key")} is gone while ${join(tls, "ca.crt")} is there: clients trust that authority, so none is made in its place. Put the copy of the key back`,
    );
  }
  const authority = await newAuthority(news.place.name, news.authorityValidity);
  await writeOwned(join(tls, "ca.key"), authority.key);
  await writeOwned(join(tls, "ca.crt"), authority.cert, 0o644);
  return authority;
}

/** Why a certificate must be issued anew, or undefined. */
async function whyRenew(
  { place, hosts, renewBefore }: CertificateAuthorityInputs,
  name: CertificateName,
  authority: string,
): Promise<string | undefined> {
  const files = certificatePaths(place.folder, name);
  const [text, key] = await Promise.all([readIfThere(files.cert), readIfThere(files.key)]);
  if (text === undefined || key === undefined) return `certificate "${name}" is missing`;
  const cert = await attempt(async () => new X509Certificate(text));
  if (!cert?.verify(new X509Certificate(authority).publicKey)) return `certificate "${name}" is not of this authority`;
  const left = Math.floor((endOf(cert) - Date.now()) / DAY);
  if (left < renewBefore) return `certificate "${name}" ends in ${left} days`;
  const missing = name === "server" ? hosts.filter((host) => !cert.checkHost(host) && !cert.checkIP(host)) : [];
  return missing.length > 0 ? `certificate "server" lacks ${missing.join(", ")}` : undefined;
}

/** Has every running server read its certificate again, without a connection lost. */
async function reload(place: Place): Promise<void> {
  const states = await programStates(place);
  for (const [program, state] of states ?? []) {
    if (state !== "RUNNING") continue;
    if (/^(member-|pgbouncer-)/.test(program)) await signalProgram(place, program, "HUP");
    if (program.startsWith("member-")) {
      await attempt(() => onMember(place, program, (client) => client.query("select pg_reload_conf()")));
    }
  }
}
