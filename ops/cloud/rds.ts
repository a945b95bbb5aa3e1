import type { BackupClient } from "@aws-sdk/client-backup";
import type { RDSClient } from "@aws-sdk/client-rds";
import { EXIT, OperationError } from "../cli/exit";
import { optional } from "../cli/optional";
import type { Stack } from "../cli/stack";

// Each SDK is loaded where it is used: who is not on that cloud installs none.

export const awsRds = () => optional("@aws-sdk/client-rds", () => import("@aws-sdk/client-rds"));
export const awsBackup = () => optional("@aws-sdk/client-backup", () => import("@aws-sdk/client-backup"));
const alicloudRds = () => optional("@alicloud/rds20140815", () => import("@alicloud/rds20140815"));

const region = ({ cluster }: Stack) => (cluster.region === undefined ? {} : { region: cluster.region });

export const awsRdsClient = async (stack: Stack): Promise<RDSClient> => new (await awsRds()).RDSClient(region(stack));
export const awsBackupClient = async (stack: Stack): Promise<BackupClient> =>
  new (await awsBackup()).BackupClient(region(stack));

type AlicloudModule = typeof import("@alicloud/rds20140815");
export interface Alicloud {
  readonly api: AlicloudModule;
  readonly client: InstanceType<AlicloudModule["default"]>;
}

/** ApsaraDB's interface, with the credentials that Alibaba Cloud's tools find (environment, profile, role). */
export async function alicloud({ cluster }: Stack): Promise<Alicloud> {
  const api = await alicloudRds();
  const { default: Credential } = await import("@alicloud/credentials");
  const { $OpenApiUtil } = await import("@alicloud/openapi-core");
  const config = new $OpenApiUtil.Config({ regionId: cluster.region });
  config.credential = new Credential();
  return { api, client: new api.default(config) };
}

/** For a state of an asynchronous operation of a service that ends it badly. */
export const serviceFailed = (what: string, state: string): OperationError =>
  new OperationError(EXIT.failed, `${what} ended as "${state}": the service's console tells why.`);
