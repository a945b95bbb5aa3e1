import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { buildSync } from "esbuild"; // makes one file of the function and what it imports

const ROOT = resolve(__dirname, "../../..");

let made: string | undefined;

/**
 * The function as one readable file of JavaScript, the same on every machine: paths in it start at the repository.
 *
 * @throws esbuild's error when an import cannot be found.
 */
export function functionCode(): string {
  made ??= bundled();
  return made;
}

function bundled(): string {
  const { outputFiles } = buildSync({
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
  readonly archive: pulumi.asset.AssetArchive;
  /** Another one for another content. */
  readonly hash: string;
}

/** @param ca PEM; what vouches for the database. */
export function functionBundle(ca: string): Bundle {
  const code = functionCode();
  return {
    archive: new pulumi.asset.AssetArchive({
      "index.js": new pulumi.asset.StringAsset(code),
      "ca.pem": new pulumi.asset.StringAsset(ca),
    }),
    hash: createHash("sha256").update(code).update("\0").update(ca).digest("hex"),
  };
}
