/** How a contact of `alerts.contacts` is reached. */
export type Channel = "mail" | "slack" | "dingTalk" | "webhook";

export interface Contact {
  readonly channel: Channel;
  /** An e-mail address, or an https:// address, which may carry a token: secret. */
  readonly address: string;
}

const hosts: readonly [channel: Channel, host: RegExp][] = [
  ["dingTalk", /^https:\/\/([^/?#]+\.)?dingtalk\.com\//i],
  ["slack", /^https:\/\/hooks\.slack(-gov)?\.com\//i],
];

/** "mailto:a@example.org", "a@example.org", "https://oapi.dingtalk.com/robot/send?...", "https://example.org/hook" */
export function channelOf(contact: string): Contact {
  if (!contact.startsWith("https://")) return { channel: "mail", address: contact.replace(/^mailto:/, "") };
  return { channel: hosts.find(([, host]) => host.test(contact))?.[0] ?? "webhook", address: contact };
}
