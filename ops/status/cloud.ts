import type { TLSSocket } from "node:tls";
import type pg from "pg";
import { asAdministrator } from "../cli/connections";
import type { Stack } from "../cli/stack";
import { firing, unmeasured } from "./alarms";
import type { Found } from "./look";
import { askServer, figuresOf, type ServerFacts } from "./sql";
import type { Certificate, Member } from "./status";

/** What a cloud's own interface adds to what SQL tells. */
export interface ServiceFacts {
  /** In place of what SQL can tell of them. */
  readonly members?: readonly Member[];
  readonly backups?: Found["backups"];
  readonly alarms?: Found["alarms"];
  readonly unseen: readonly string[];
}

/** A cluster in a cloud: by SQL at its endpoints, and by what its service tells. */
export async function lookCloud(stack: Stack): Promise<Found> {
  const [primary, replica, service] = await Promise.all([ask(stack, "writer"), ask(stack, "reader"), serviceOf(stack)]);
  const figures = [
    ...(primary ? figuresOf("primary", primary.facts, undefined) : []),
    ...(replica ? figuresOf("replica", replica.facts, undefined) : []),
  ];
  const { version } = primary?.facts ?? {};
  const own = { source: "this look", firing: firing(figures, stack.expectations?.thresholds) };
  return {
    ...(version === undefined ? {} : { version }),
    members: withFigures(service.members ?? bySql(primary?.facts, replica?.facts), primary?.facts, replica?.facts),
    complete: service.members !== undefined,
    pools: [],
    ...(service.backups === undefined ? {} : { backups: service.backups }),
    certificates: primary?.certificate ? [primary.certificate] : [],
    alarms: service.alarms ?? own,
    unseen: [
      ...service.unseen,
      "the pooler: it is the service's own",
      ...(service.alarms === undefined ? [`alerts that one look cannot judge: ${unmeasured(figures).join(", ")}`] : []),
    ],
  };
}

interface Asked {
  readonly facts: ServerFacts;
  readonly certificate?: Certificate;
}

/** Undefined from one that does not answer: the look goes on, and says so. */
const ask = (stack: Stack, role: "writer" | "reader"): Promise<Asked | undefined> =>
  asAdministrator(
    stack,
    async (client) => {
      const facts = await askServer(client);
      const certificate = shown(client);
      return { facts, ...(certificate === undefined ? {} : { certificate }) };
    },
    { role },
  ).catch(() => undefined);

/** The certificate that the server has shown to us. */
function shown(client: pg.Client): Certificate | undefined {
  const { stream } = (client as unknown as { connection?: { stream?: Partial<TLSSocket> } }).connection ?? {};
  const ends = stream?.getPeerCertificate?.().valid_to;
  if (ends === undefined) return undefined;
  const to = Date.parse(ends);
  return { name: "server", ends: new Date(to).toISOString(), daysLeft: Math.floor((to - Date.now()) / 86_400_000) };
}

async function serviceOf(stack: Stack): Promise<ServiceFacts> {
  const service = stack.vendor === "aws" ? await import("./aws") : await import("./alicloud");
  return service.serviceFacts(stack).catch((error: unknown) => ({
    unseen: [`${stack.vendor}'s own interface: ${error instanceof Error ? error.message.trim() : error}`],
  }));
}

export function bySql(primary: ServerFacts | undefined, replica: ServerFacts | undefined): Member[] {
  return [
    {
      name: "writer",
      role: "primary",
      state: primary ? "answers" : "does not answer",
      well: primary?.recovery === false,
    },
    // Without replicas the reader's endpoint leads to the primary.
    ...(replica?.recovery === false
      ? []
      : [
          {
            name: "reader",
            role: "replica" as const,
            state: replica ? "answers" : "does not answer",
            well: replica?.recovery === true,
          },
        ]),
  ];
}

function withFigures(
  members: readonly Member[],
  primary: ServerFacts | undefined,
  replica: ServerFacts | undefined,
): Member[] {
  return members.map((member) => {
    const facts = member.role === "primary" ? primary : replica;
    const { used, most, replayLag, timeline } = facts ?? {};
    return {
      ...member,
      ...(timeline === undefined ? {} : { timeline }),
      ...(used === undefined || most === undefined ? {} : { connections: { used, most } }),
      // The reader's endpoint leads to one of them, nobody knows which.
      ...(replayLag === undefined || members.length > 2 || member.role === "primary" ? {} : { lagSeconds: replayLag }),
    };
  });
}
