import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { functionCode } from "../../../components/aws/function/bundle";
import type { Done, SetUp } from "../../../components/aws/function/event";

const MODULES = resolve(__dirname, "../../../node_modules");

const CALL = `
  let text = "";
  process.stdin.on("data", (part) => { text += part; }).on("end", () =>
    require(process.argv[1]).handler(JSON.parse(text)).then(
      (answer) => process.send({ answer }),
      // what Lambda tells of an error: all it has
      (error) => { console.error(error); process.send({ failure: error.message }); },
    ).then(() => process.disconnect()));`;

export interface Ran {
  readonly answer?: Done;
  readonly failure?: string;
  /** All it wrote, as Lambda would log it. */
  readonly log: string;
}

/** The function as it is deployed: the bundle, in a process of its own. */
export class Deployed {
  private constructor(private readonly folder: string) {}

  static async make(ca: string): Promise<Deployed> {
    const folder = mkdtempSync(join(tmpdir(), "license-db-function-"));
    writeFileSync(join(folder, "index.js"), await functionCode());
    writeFileSync(join(folder, "ca.pem"), ca);
    // Lambda's runtime has AWS's SDK; here it is among the development dependencies.
    symlinkSync(MODULES, join(folder, "node_modules"));
    return new Deployed(folder);
  }

  run(asked: SetUp): Promise<Ran> {
    const env = {
      PATH: process.env.PATH,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
    const child = spawn(process.execPath, ["-e", CALL, join(this.folder, "index.js")], {
      cwd: "/",
      env,
      stdio: ["pipe", "pipe", "pipe", "ipc"],
    });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part: Buffer) => (log += part.toString()));
    let said: Omit<Ran, "log"> = {};
    child.on("message", (message) => (said = message as Omit<Ran, "log">));
    child.stdin?.end(JSON.stringify(asked));
    return new Promise((done, fail) => {
      child.once("error", fail);
      child.once("close", () => done({ ...said, log }));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
