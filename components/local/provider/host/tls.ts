import { webcrypto } from "node:crypto";
import "reflect-metadata"; // what the certificate library needs to be loaded first
import * as x509 from "@peculiar/x509"; // issues X.509 certificates with the platform's own cryptography

x509.cryptoProvider.set(webcrypto as never);

const KEY = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY = 86_400_000;

export interface Issued {
  readonly cert: string;
  /** PKCS #8 PEM. Secret. */
  readonly key: string;
}

const newKeys = () => webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;

const keyPem = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");

const importKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), KEY, true, [
    "sign",
  ]) as Promise<webcrypto.CryptoKey>;

const serial = (): string => Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString("hex");

/** Milliseconds back, so that a clock that is corrected a little does not make a new certificate "not yet valid". */
const BACKDATED = 60_000;

/** When one of ours was issued, to the second. */
export const issuedAt = (certificate: { readonly validFrom: string }): Date =>
  new Date(Date.parse(certificate.validFrom) + BACKDATED);

const validity = (days: number) => ({
  notBefore: new Date(Date.now() - BACKDATED),
  notAfter: new Date(Date.now() + days * DAY),
});

/** A new certificate authority of our own; it signs nothing but this cluster's certificates. */
export async function newAuthority(name: string, days: number): Promise<Issued> {
  const keys = await newKeys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${name} CA`,
    ...validity(days),
    signingAlgorithm: KEY,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: cert.toString("pem"), key: await keyPem(keys.privateKey) };
}

/** A certificate for one name, for servers (with the hosts they answer to) and clients alike. */
export async function issue(
  authority: Issued,
  commonName: string,
  hosts: readonly string[],
  days: number,
): Promise<Issued> {
  const issuer = new x509.X509Certificate(authority.cert);
  const keys = await newKeys();
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${commonName}`,
    issuer: issuer.subject,
    ...validity(days),
    signingKey: await importKey(authority.key),
    publicKey: keys.publicKey,
    signingAlgorithm: KEY,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: cert.toString("pem"), key: await keyPem(keys.privateKey) };
}
