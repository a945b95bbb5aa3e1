import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { build } from "esbuild"; // makes one file of the function and what it imports

const ROOT = resolve(__dirname, "../../..");

let made: Promise<string> | undefined;

/**
 * The function as one readable file of JavaScript, the same on every machine: paths in it start at the repository. It is
 * made in a process of esbuild's, while resources are registered that do not need it.
 *
 * @throws esbuild's error when an import cannot be found.
 */
export function functionCode(): Promise<string> {
  made ??= bundled();
  return made;
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(__dirname, "handler.ts")],
    // node-postgres' optional native driver, and what the runtime brings along
    external: ["pg-native", "@aws-sdk/*"],
    bundle: true,
    write: false,
    platform: "node",
    target: "node22",
    format: "cjs",
    charset: "utf8",
    legalComments: "inline",
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (!file) throw new Error("esbuild made no file of components/aws/function/handler.ts");
  return file.text;
}

export interface Bundle {
  readonly archive: Promise<pulumi.asset.AssetArchive>;
  /** Another one for another content. */
  readonly hash: Promise<string>;
}

/** @param ca PEM; what vouches for the database. */
export function functionBundle(ca: string): Bundle {
  const code = functionCode();
  return {
    archive: code.then(
      (text) =>
        new pulumi.asset.AssetArchive({
          "index.js": new pulumi.asset.StringAsset(text),
          "ca.pem": new pulumi.asset.StringAsset(ca),
        }),
    ),
    hash: code.then((text) => createHash("sha256").update(text).update("\0").update(ca).digest("hex")),
  };
}
