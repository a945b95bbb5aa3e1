import { channelOf } from "../catalogue/contacts";
import { field, group, type OptionFields } from "../spec/fields";
import { boolean, duration, port, size, text } from "../spec/kinds";
import type { Bytes, Seconds } from "../spec/spec";
import type { MailServer } from "./provider/config/monitoring/alertmanager";
import { absolutePath } from "./repositories";

/** `license-db:local.monitoring`: what watches the cluster, and how it tells people. */
export interface MonitoringOptions {
  /** Absent: where its programs can be had. */
  readonly enabled?: boolean;
  readonly interval: Seconds;
  readonly retention: Seconds;
  readonly storage: Bytes;
  readonly mail: {
    readonly host?: string;
    readonly port: number;
    readonly from?: string;
    readonly username?: string;
    readonly password?: string;
    readonly requireTls: boolean;
  };
  readonly trustedCa?: string;
}

const DAY = 86_400;
const MB = 2 ** 20;
/** Seconds. Longer, and 30 s of replication lag (R16) would be over before anybody looks twice. */
const LONGEST_INTERVAL = 15;

const mailHost = text({
  type: "host",
  shape: /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
  allowed: "a host name or an address",
  mend: "Write the name or the address alone; the port has its own key.",
});
const mailAddress = text({
  type: "e-mail address",
  shape: /^[^\s@:/<>]+@[^\s@:/<>]+$/,
  allowed: "an e-mail address",
  mend: "Write the address alone.",
});
const account = text({
  type: "account",
  shape: /^[^\s\p{Cc}]+$/u,
  allowed: "a name without spaces",
  mend: "Write the name the mail server knows.",
});
const password = text({
  type: "password",
  shape: /^[^\p{Cc}]+$/u,
  allowed: "one line of text",
  mend: "Set it: pulumi config set --secret --path 'license-db:local.monitoring.mail.password'",
});

export const monitoringFields: OptionFields<MonitoringOptions> = {
  enabled: field(boolean, {
    doc: "Whether the cluster is watched. Without it: where the programs can be had, and `up` says where they cannot. true: `up` fails without them.",
    requirement: "R15",
    optional: true,
    example: "false",
  }),
  interval: field(duration({ min: 1, max: LONGEST_INTERVAL, step: 1 }), {
    doc: "How often figures are collected and held against the alerts' thresholds.",
    default: "15s",
  }),
  retention: field(duration({ min: DAY, max: 730 * DAY, step: DAY }), {
    doc: "How long figures are kept at most.",
    default: "15d",
  }),
  storage: field(size({ min: 256 * MB, max: 1024 * 1024 * MB }), {
    doc: "How much disk the figures take at most; the oldest go first.",
    default: "1GB",
  }),
  mail: group<MonitoringOptions["mail"]>(
    {
      host: field(mailHost, {
        doc: "The server that takes mail. Needed where a contact is an e-mail address.",
        optional: true,
        example: "smtp.example.com",
      }),
      port: field(port, { doc: "Its port.", default: 587 }),
      from: field(mailAddress, {
        doc: "The sender. Without it: `license-db@` and the server's name.",
        optional: true,
        example: "license-db@example.com",
      }),
      username: field(account, { doc: "Who logs in there, if anybody.", optional: true, example: "license-db" }),
      password: field(password, { doc: "Set it with --secret.", optional: true, secret: true }),
      requireTls: field(boolean, { doc: "Refuse a server that offers no TLS.", default: true }),
    },
    { doc: "The mail server that alerts are handed to.", requirement: "R16" },
  ),
  trustedCa: field(absolutePath, {
    doc: "PEM file of a further authority by which webhooks' and mail servers are verified, beside the system's.",
    optional: true,
    example: "/etc/ssl/own-ca.pem",
  }),
};

/** The mail server as it is used; undefined where none is named. */
export function mailServer({ mail }: MonitoringOptions): MailServer | undefined {
  const { host } = mail;
  return host === undefined ? undefined : { ...mail, host, from: mail.from ?? `license-db@${host}` };
}

/** What the options leave out, as sentences. */
export function monitoringProblems(options: MonitoringOptions, contacts: readonly string[]): string[] {
  const { enabled, mail } = options;
  const mailed = contacts.filter((contact) => channelOf(contact).channel === "mail").length;
  const rules: readonly [broken: boolean, message: string][] = [
    [
      enabled !== false && mailed > 0 && mail.host === undefined,
      `alerts.contacts has ${mailed === 1 ? "an e-mail address" : `${mailed} e-mail addresses`}, and local.monitoring.mail.host names no server that takes the mail: name one, or use an https:// webhook`,
    ],
    [
      (mail.username === undefined) !== (mail.password === undefined),
      "local.monitoring.mail has only one of username and password: give both, or neither",
    ],
    [
      mail.username !== undefined && !mail.requireTls,
      "local.monitoring.mail.requireTls is false, and there is a password: it would be sent in plain text; leave requireTls out",
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, message]) => message);
}
