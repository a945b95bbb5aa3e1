import { stringify } from "yaml";
import { channelOf } from "../../../../catalogue/contacts";
import { certificatePaths, LOOPBACK, monitoringPorts, type Place } from "../../place";
import { tlsClient } from "./access";
import { monitoringPaths } from "./files";

/** The mail server that alerts are handed to. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly from: string;
  readonly username?: string;
  /** Secret. */
  readonly password?: string;
  readonly requireTls: boolean;
}

export interface AlertmanagerOptions {
  /** As `alerts.contacts` has them. Secret: addresses carry tokens. */
  readonly contacts: readonly string[];
  readonly mail?: MailServer;
  /** Seconds between two looks of Prometheus. */
  readonly interval: number;
}

/** Seconds until somebody is told again of an alert that goes on. */
const REPEAT = 4 * 3600;
const MAIL_PASSWORD = "mail-password";
const contactFile = (index: number): string => `contact-${index + 1}`;

/** What is written beside the configuration, which shows no address that may carry a token. By file name. */
export function alertmanagerSecrets({ contacts, mail }: AlertmanagerOptions): Record<string, string> {
  const addresses = contacts.flatMap((contact, index) => {
    const { channel, address } = channelOf(contact);
    return channel === "webhook" || channel === "slack" ? [[contactFile(index), address] as const] : [];
  });
  return {
    ...Object.fromEntries(addresses),
    ...(mail?.password === undefined ? {} : { [MAIL_PASSWORD]: mail.password }),
  };
}

/** Alertmanager's configuration: everybody is told of everything, once for each alert, and when it is over. */
export function renderAlertmanager(place: Place, options: AlertmanagerOptions): string {
  const { contacts, mail, interval } = options;
  const at = monitoringPaths(place.folder);
  const both = { send_resolved: true };
  const channels = contacts.map(channelOf);
  const of = <T>(channel: string, make: (address: string, index: number) => T): T[] =>
    channels.flatMap((one, index) => (one.channel === channel ? [make(one.address, index)] : []));
  return stringify(
    {
      global: mail ? mailSettings(mail, at.secret(MAIL_PASSWORD)) : {},
      route: {
        receiver: "contacts",
        // One message for all members that one alert concerns.
        group_by: ["alertname"],
        group_wait: `${Math.min(5, interval)}s`,
        group_interval: `${2 * interval}s`,
        repeat_interval: `${REPEAT}s`,
      },
      receivers: [
        {
          name: "contacts",
          // Alertmanager's own page, and beside it a text for whoever reads none.
          email_configs: mail ? of("mail", (to) => ({ ...both, to, headers: { Subject: SUBJECT }, text: TEXT })) : [],
          webhook_configs: [
            ...of("webhook", (_, index) => ({ ...both, url_file: at.secret(contactFile(index)) })),
            ...of("dingTalk", (_, index) => ({
              ...both,
              url: `https://${LOOPBACK}:${monitoringPorts(place.ports).relay}/${contactFile(index)}`,
              http_config: { tls_config: tlsClient(place) },
            })),
          ],
          slack_configs: of("slack", (_, index) => ({
            ...both,
            api_url_file: at.secret(contactFile(index)),
            title: SUBJECT,
            text: TEXT,
          })),
        },
      ],
    },
    { lineWidth: 0 },
  );
}

const SUBJECT =
  '{{ .Status | toUpper }}: {{ .CommonAnnotations.title }} ({{ index .CommonLabels "cluster" }}, {{ .CommonLabels.severity }})';
const TEXT =
  "{{ range .Alerts }}{{ .Labels.member }} {{ .Annotations.summary }}\n{{ end }}First: {{ .CommonAnnotations.runbook }}";

const mailSettings = ({ host, port, from, username, password, requireTls }: MailServer, passwordFile: string) => ({
  smtp_smarthost: `${host}:${port}`,
  smtp_from: from,
  smtp_require_tls: requireTls,
  ...(username === undefined ? {} : { smtp_auth_username: username }),
  ...(password === undefined ? {} : { smtp_auth_password_file: passwordFile }),
});

/** What the relay to DingTalk passes on where; undefined where nobody is reached by it. See daemons/dingtalk.py. */
export function relayConfig(place: Place, contacts: readonly string[], trust: string | undefined): object | undefined {
  const robots = contacts.flatMap((contact, index) => {
    const { channel, address } = channelOf(contact);
    return channel === "dingTalk" ? [[`/${contactFile(index)}`, address] as const] : [];
  });
  if (robots.length === 0) return undefined;
  const port = monitoringPorts(place.ports).relay;
  const { ca, cert, key } = certificatePaths(place.folder, "server");
  return {
    listen: { host: LOOPBACK, port },
    tls: { ca, cert, key },
    robots: Object.fromEntries(robots),
    ...(trust ? { trust } : {}),
  };
}
