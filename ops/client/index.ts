/** The library with which an application talks to the license database; docs/client.md. */
export { fromEnvironment } from "./environment";
export {
  ClosedError,
  LicenseDbError,
  OptionsError,
  type Outcome,
  OutcomeUnknownError,
  OverloadedError,
  RefusedError,
  RolledBackError,
  UnavailableError,
} from "./errors";
export type { ClientEvent, Target } from "./events";
export type { FailureKind } from "./failure";
export type { Health, ServerHealth } from "./health";
export {
  type CallOptions,
  LicenseDb,
  type PoolCounts,
  type QueryOptions,
  type ReadOptions,
  type Statistics,
  type TransactOptions,
} from "./licenseDb";
export type { Login, LoginSource } from "./login";
export type { ClientOptions, Endpoint, PoolOptions } from "./options";
export { fromOutputs, type OutputOptions, type StackOutputs } from "./outputs";
export type { Position } from "./position";
export { caFile, type IamOptions, iamToken, passwordFile, type SecretOptions, secretsManager } from "./sources";
export type { Transaction, TransactionOptions } from "./transaction";
