import { createHash } from "node:crypto";
import * as cms from "@pulumi/alicloud/cms";
import * as pulumi from "@pulumi/pulumi";
import { channelOf as contactOf } from "../catalogue/contacts";
import type { Site } from "./site";

/** Whom CloudMonitor tells. */
export interface Contacts {
  /** Name of the group of all contacts; alarm rules must name one, even where nobody is in it. */
  readonly group: pulumi.Output<string>;
  /** Secret: addresses outside DingTalk that CloudMonitor posts to itself. */
  readonly webhooks: readonly pulumi.Output<string>[];
}

/** How CloudMonitor reaches a contact. */
export type Channel = "mail" | "dingTalk" | "webhook";

/** CloudMonitor posts to Slack as to any webhook. */
export function channelOf(contact: string): { readonly channel: Channel; readonly address: string } {
  const { channel, address } = contactOf(contact);
  return { channel: channel === "slack" ? "webhook" : channel, address };
}

/** CloudMonitor's names of contacts and of groups of them have between 2 and 40 letters. */
const LONGEST_NAME = 40;

/** Addresses carry tokens: they are secrets, and names hold no more than a digest of them. */
export function contactName(prefix: string, address: string): string {
  const digest = createHash("sha256").update(address).digest("hex").slice(0, 8);
  return `${prefix.slice(0, LONGEST_NAME - 1 - digest.length)}-${digest}`;
}

/** R16: a contact for each address, and the group of them all. */
export function createContacts(site: Site): Contacts {
  const { spec } = site;
  const channels = spec.alerts.contacts.map(channelOf);
  const people = channels.filter(({ channel }) => channel !== "webhook");
  const contacts = people.map(({ channel, address }) => {
    const name = contactName(spec.name, address);
    const secret = pulumi.secret(address);
    return new cms.AlarmContact(
      name,
      {
        alarmContactName: name,
        describe: `Told of the database ${spec.name}`,
        lang: "en",
        ...(channel === "mail" ? { channelsMail: secret } : { channelsDingWebHook: secret }),
      },
      site.child(),
    );
  });
  const group = new cms.AlarmContactGroup(
    site.name("alerts"),
    {
      alarmContactGroupName: site.name("alerts").slice(0, LONGEST_NAME),
      describe: `Everybody who is told of the database ${spec.name}`,
      contacts: contacts.map(({ alarmContactName }) => alarmContactName),
    },
    site.child(),
  );
  const webhooks = channels.filter(({ channel }) => channel === "webhook").map(({ address }) => pulumi.secret(address));
  warn(site, channels.length, webhooks.length);
  return { group: group.alarmContactGroupName, webhooks };
}

function warn({ spec, parent }: Site, contacts: number, webhooks: number): void {
  if (contacts === 0) {
    void pulumi.log.warn(
      `${spec.name} alerts nobody: no contact is set. Set one: pulumi config set --secret --path 'license-db:alerts.contacts[0]' ADDRESS`,
      parent,
    );
  }
  if (webhooks > 1) {
    void pulumi.log.warn(
      `${spec.name} has ${webhooks} webhooks outside DingTalk: CloudMonitor tells each of them of events, and the first alone of alarms`,
      parent,
    );
  }
}
