import * as cms from "@pulumi/alicloud/cms";
import type * as pulumi from "@pulumi/pulumi";
import type { Contacts } from "./contacts";
import type { Site } from "./site";

/** Seconds in which the same event is told once. */
const SILENCE = 300;
const LEVELS = ["CRITICAL", "WARN", "INFO"] as const;

/**
 * What happened rather than what is measured: failures and their end, failover, switch-over, planned maintenance. Every
 * event of RDS for the group's instances, for its names of events differ by engine and grow.
 */
export function createEvents(site: Site, contacts: Contacts, groupId: pulumi.Output<string>): cms.EventRule {
  const { spec } = site;
  return new cms.EventRule(
    site.name("events"),
    {
      ruleName: site.name("events"),
      groupId,
      description: `What happens to the database ${spec.name}`,
      status: "ENABLED",
      silenceTime: SILENCE,
      eventPattern: { product: "RDS", eventTypeLists: ["*"], levelLists: [...LEVELS] },
      contactParameters: [
        // CloudMonitor's word for mail and DingTalk; 2 and 3 add telephones, which nobody has here.
        { contactParametersId: "contacts", contactGroupName: contacts.group, level: "4" },
      ],
      webhookParameters: contacts.webhooks.map((url, index) => ({
        webhookParametersId: `webhook-${index + 1}`,
        protocol: "https",
        method: "POST",
        url,
      })),
    },
    site.child(),
  );
}
