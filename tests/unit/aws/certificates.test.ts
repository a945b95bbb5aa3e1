import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { caCertificate, hasCertificates } from "../../../components/aws/certificates";

const certificates = (pem: string) =>
  pem.split(/(?<=-----END CERTIFICATE-----\n)/).map((one) => new X509Certificate(one));
const nameOf = (certificate: X509Certificate) => /CN=(.*)/.exec(certificate.subject)?.[1] ?? certificate.subject;

describe("the certificates of a region", () => {
  it.each(["eu-central-1", "us-east-1", "af-south-1", "me-south-1"])(
    "%s: its own three authorities, and the proxy's, that are valid for years and sign for themselves",
    (region) => {
      const found = certificates(caCertificate({ name: region }));
      expect(found.map(nameOf).sort()).toEqual(
        [
          `Amazon RDS ${region} Root CA ECC384 G1`,
          `Amazon RDS ${region} Root CA RSA2048 G1`,
          `Amazon RDS ${region} Root CA RSA4096 G1`,
          "Amazon Root CA 1",
          "Amazon Root CA 2",
          "Amazon Root CA 3",
          "Amazon Root CA 4",
          "Starfield Services Root Certificate Authority - G2",
        ].sort(),
      );
      for (const certificate of found) {
        expect(certificate.ca && certificate.verify(certificate.publicKey)).toBe(true);
        expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.parse("2035-01-01"));
      }
    },
  );

  it.each(["cn-north-1", "us-gov-west-1", "eu-central", ""])("%j: are not there, and that is said", (name) => {
    expect(hasCertificates({ name })).toBe(false);
    expect(() => caCertificate({ name })).toThrow(
      /aws:region: the certificate authorities of Amazon RDS in ".*" are not/,
    );
  });
});
