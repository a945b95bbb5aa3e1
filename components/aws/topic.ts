import { createHash } from "node:crypto";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { accountOf } from "./arn";
import type { Keys } from "./keys";
import type { Site } from "./site";

/** Where everything that is wrong is said, and what must be there before it can be. */
export interface Topic {
  readonly arn: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];
}

/** R16: the topic of alarms and events, and a subscription for each contact. */
export function createTopic(site: Site, keys: Keys): Topic {
  const { region, spec } = site;
  const topic = new sns.Topic(
    site.name("alerts"),
    {
      region: region.name,
      displayName: site.name("alerts").slice(0, 100),
      kmsMasterKeyId: keys.logs.arn,
      // SHA-256, for webhooks that check who wrote.
      signatureVersion: 2,
      tags: site.tags("alerts"),
    },
    site.child(),
  );
  const policy = new sns.TopicPolicy(
    site.name("alerts"),
    { region: region.name, arn: topic.arn, policy: topicPolicy(site, topic.arn) },
    site.child(),
  );
  for (const contact of spec.alerts.contacts) subscribe(site, topic, contact);
  if (spec.alerts.contacts.length === 0) {
    void pulumi.log.warn(
      `${spec.name} alerts nobody: no contact is set. Set one: pulumi config set --secret --path 'license-db:alerts.contacts[0]' ADDRESS`,
      site.parent,
    );
  }
  return { arn: topic.arn, ready: [policy] };
}

/** Alarms and events of this database may write, over TLS; who else of the account may is IAM's to say. */
function topicPolicy({ region, spec }: Site, topic: pulumi.Output<string>): pulumi.Output<string> {
  const account = accountOf(topic);
  const from = (service: string, source: string) => ({
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sns:Publish",
    Resource: topic,
    Condition: {
      StringEquals: { "aws:SourceAccount": account },
      ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${region.partition}:${source}` },
    },
  });
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      from("cloudwatch.amazonaws.com", `cloudwatch:${region.name}:*:alarm:${spec.name}-*`),
      from("events.rds.amazonaws.com", `rds:${region.name}:*:*`),
      {
        Effect: "Deny",
        Principal: { AWS: "*" },
        Action: "sns:Publish",
        Resource: topic,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

/** Addresses carry tokens: they are secrets, and names hold no more than a digest of them. */
function subscribe(site: Site, topic: sns.Topic, contact: string): void {
  const { protocol, endpoint } = subscriptionOf(contact);
  const digest = createHash("sha256").update(endpoint).digest("hex").slice(0, 8);
  new sns.TopicSubscription(
    site.name(`alerts-${digest}`),
    { region: site.region.name, topic: topic.arn, protocol, endpoint: pulumi.secret(endpoint) },
    site.child(),
  );
}

/** "mailto:a@example.org", "a@example.org", "https://example.org/hook" -> how SNS reaches it. */
export function subscriptionOf(contact: string): { readonly protocol: "email" | "https"; readonly endpoint: string } {
  if (contact.startsWith("https://")) return { protocol: "https", endpoint: contact };
  return { protocol: "email", endpoint: contact.replace(/^mailto:/, "") };
}
