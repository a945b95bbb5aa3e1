import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { certificatesIn, type Standing, standing } from "../../components/local/provider/host/authorities";
import { replaceFile } from "../../components/local/provider/host/replaceFile";
import { wantRotation } from "../../components/local/provider/host/rotations";
import { paths } from "../../components/local/provider/place";
import { localCluster } from "../cli/local";
import { operation } from "../cli/operation";
import { openStack, requireVendor } from "../cli/stack";
import { bringUp } from "./engine";
import { configFile, type LocalOptions } from "./options";
import { checkFile } from "./write";

interface Options extends LocalOptions {
  readonly authority?: boolean;
  readonly caFile?: string;
  readonly dryRun?: boolean;
}

/** What the command does next with the authority, by how far it is. */
const NEXT: Readonly<Record<Standing, { readonly phase: "introduced" | "alone"; readonly does: readonly string[] }>> = {
  one: {
    phase: "introduced",
    does: [
      "make a new certificate authority that is trusted beside the old one, which goes on issuing; nobody is cut off",
    ],
  },
  introduced: {
    phase: "alone",
    does: [
      "issue every certificate from the new authority, and let the old one go",
      "applications that do not trust the new one yet (the output caCertificate since the first step) cannot connect any more",
    ],
  },
  issuing: { phase: "alone", does: ["finish letting the old certificate authority go"] },
};

const RENEW = ["issue every certificate of the cluster anew, from the same authority; no session is lost"];

export const certificates = (): Command =>
  operation<Options>({
    name: "certificates",
    summary: "new certificates, or a new authority",
    description:
      "Issues the servers' and the cluster's own certificates anew, which `up` does by itself 60 days before they end. " +
      "With --authority: a new certificate authority, in two runs. The first has it trusted beside the old one; give " +
      "applications the output caCertificate then (or have them read --ca-file). The second issues from it.",
    changes: true,
    options: [
      new Option("--authority", "a new certificate authority"),
      new Option("--ca-file <file>", "write there what applications are to trust, for DB_CA_FILE"),
      configFile,
    ],
    examples: [
      ["rotate certificates", "new certificates; nobody notices"],
      [
        "rotate certificates --authority --ca-file /etc/license-app/ca.pem",
        "once, and again when every application trusts both",
      ],
    ],
    async run({ stack, options, report, confirm }) {
      requireVendor(stack, ["local"], instead[stack.vendor] ?? "");
      await checkFile("--ca-file", options.caFile);
      const { place } = await localCluster(stack);
      const { phase, does } = NEXT[await standing(place.folder)];
      const consequences = options.authority ? does : RENEW;
      if (options.dryRun) return { data: { would: consequences }, text: `It would ${consequences.join("; ")}.` };
      if (options.authority && phase === "alone") await confirm(consequences);
      await report.all([
        {
          title: options.authority ? "certificate authority" : "certificates",
          async run(progress) {
            await wantRotation(
              place.folder,
              options.authority ? { authority: phase } : { certificates: new Date().toISOString() },
            );
            await bringUp(stack, ["CertificateAuthority"], options.configFile, progress);
          },
        },
      ]);
      const { caCertificate } = await openStack(stack.name);
      if (options.caFile !== undefined) await replaceFile(options.caFile, caCertificate, 0o644);
      const validUntil = await serverValidUntil(place.folder);
      const now = await standing(place.folder);
      return {
        data: { authority: now, trusted: certificatesIn(caCertificate).length, serverValidUntil: validUntil },
        text: [
          `Certificates are good until ${validUntil.slice(0, 10)}.`,
          ...(now === "introduced"
            ? [
                "A new authority is trusted beside the old one. Give every application the output caCertificate" +
                  `${options.caFile === undefined ? "" : ` (it is in ${options.caFile})`}, and run this again.`,
              ]
            : []),
        ].join("\n"),
      };
    },
  });

const instead: Readonly<Record<string, string>> = {
  aws: "RDS renews its servers' certificates by itself, without a restart; a new authority is announced by AWS months before, and is chosen by a change of the instance's CA (docs/aws.md).",
  alicloud:
    "RDS renews its servers' certificates by itself; applications trust ApsaraDB's root, which is good until 2039 (docs/alicloud.md).",
};

async function serverValidUntil(folder: string): Promise<string> {
  const { validTo } = new X509Certificate(await readFile(join(paths(folder).tls, "server.crt")));
  return new Date(validTo).toISOString();
}
