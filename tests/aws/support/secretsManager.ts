import { type ChildProcess, spawn } from "node:child_process";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { freePort } from "../../local/support/ports";
import { motoServer } from "../../support/moto";

/** Secrets Manager on loopback. */
export class SecretsManager {
  private constructor(
    readonly url: string,
    private readonly moto: ChildProcess,
    private readonly client: SecretsManagerClient,
  ) {}

  static async start(): Promise<SecretsManager> {
    const program = await motoServer();
    const port = await freePort();
    const moto = spawn(program, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
    const url = `http://127.0.0.1:${port}`;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new SecretsManagerClient({ endpoint: url, region: "eu-central-1", credentials });
    for (let tries = 0; ; tries++) {
      try {
        await fetch(`${url}/moto-api/`);
        return new SecretsManager(url, moto, client);
      } catch (error) {
        if (tries > 300) {
          moto.kill("SIGKILL");
          throw error;
        }
        await new Promise((later) => setTimeout(later, 100));
      }
    }
  }

  /** @returns the ARN. */
  async create(name: string, value?: object): Promise<string> {
    const SecretString = value && JSON.stringify(value);
    const { ARN } = await this.client.send(
      new CreateSecretCommand({ Name: name, ...(SecretString ? { SecretString } : {}) }),
    );
    return ARN ?? "";
  }

  async text(secret: string): Promise<string> {
    return (await this.client.send(new GetSecretValueCommand({ SecretId: secret }))).SecretString ?? "";
  }

  async value(secret: string): Promise<Record<string, unknown>> {
    return JSON.parse(await this.text(secret)) as Record<string, unknown>;
  }

  async versionId(secret: string): Promise<string> {
    return (await this.client.send(new GetSecretValueCommand({ SecretId: secret }))).VersionId ?? "";
  }

  /** @returns the version's id. */
  async put(secret: string, text: string, stage: "AWSCURRENT" | "AWSPENDING" = "AWSCURRENT"): Promise<string> {
    const put = new PutSecretValueCommand({ SecretId: secret, SecretString: text, VersionStages: [stage] });
    return (await this.client.send(put)).VersionId ?? "";
  }

  /** The last step of a rotation. */
  async makeCurrent(secret: string, version: string): Promise<void> {
    await this.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secret,
        VersionStage: "AWSCURRENT",
        MoveToVersionId: version,
        RemoveFromVersionId: await this.versionId(secret),
      }),
    );
  }

  stop(): void {
    this.client.destroy();
    this.moto.kill("SIGKILL");
  }
}
