import type { VendorName } from "../../components/spec/spec";

/** One stack on one vendor, as it is checked. */
export interface Target {
  /** "prod on alicloud" */
  readonly title: string;
  readonly stack: string;
  readonly vendor: VendorName;
}

/** Nobody's: the providers want some, and ask nobody about them while nothing is made. */
const AWS = {
  "aws:accessKey": "offline",
  "aws:secretKey": "offline",
  "aws:skipCredentialsValidation": "true",
  "aws:skipRequestingAccountId": "true",
  "aws:skipMetadataApiCheck": "true",
  "aws:region": "eu-central-1",
};
const ALICLOUD = {
  "alicloud:accessKey": "offline",
  "alicloud:secretKey": "offline",
  "alicloud:accountId": "1",
  "alicloud:accountType": "Domestic",
  "alicloud:skipRegionValidation": "true",
  "alicloud:region": "cn-hangzhou",
};
const OFFLINE: Readonly<Record<VendorName, Readonly<Record<string, string>>>> = {
  aws: AWS,
  alicloud: ALICLOUD,
  local: {},
};

const STACKS: readonly (readonly [stack: string, vendors: readonly VendorName[]])[] = [
  ["local", ["local"]],
  ["dev", ["aws", "alicloud"]],
  ["prod", ["aws", "alicloud"]],
];

/** Every stack of the repository, on every vendor it may live with. */
export const targets: readonly Target[] = STACKS.flatMap(([stack, vendors]) =>
  vendors.map((vendor) => ({ title: `${stack} on ${vendor}`, stack, vendor })),
);

type Config = Readonly<Record<string, unknown>>;

const MAIL = ["on-call@example.com"];
/** Who is told, where the stack's file leaves that to whoever uses it, or keeps it encrypted. */
const CONTACTS: Readonly<Record<VendorName, readonly string[]>> = {
  aws: MAIL,
  alicloud: MAIL,
  // A machine wants a server for mail.
  local: ["https://on-call.example.com/hook"],
};
const ALERTS = "license-db:alerts";

/** A stack's configuration, from its file's, for a preview without account and passphrase. */
export function offlineConfig(tracked: Config, { vendor }: Target): Config {
  const alerts = (tracked[ALERTS] ?? {}) as Config;
  const contacts = Array.isArray(alerts.contacts) && !hasSecret(alerts.contacts) ? alerts.contacts : CONTACTS[vendor];
  return {
    ...(withoutSecrets({ ...tracked, [ALERTS]: { ...alerts, contacts } }) as Config),
    ...OFFLINE[vendor],
    "license-db:vendor": vendor,
  };
}

const isSecret = (value: object): boolean => Object.keys(value).join() === "secure";

const hasSecret = (value: unknown): boolean =>
  typeof value === "object" && value !== null && (isSecret(value) || Object.values(value).some(hasSecret));

/** What is encrypted cannot be read here; some text stands in its place. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (isSecret(value)) return "not-known-offline";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}
