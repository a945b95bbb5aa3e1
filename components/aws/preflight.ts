import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import * as pulumi from "@pulumi/pulumi";
import { askAll, type Check, firstLine } from "../preflight";
import type { Spec } from "../spec/spec";
import { Account } from "./account";
import { neededBy, offerProblems, subnetProblems, zoneProblems } from "./accountAnswers";
import { chosenClass } from "./classes";
import { chosenZones } from "./network";
import type { AwsOptions } from "./options";
import { chosenRegion, type Region } from "./regions";
import { topologyOf } from "./topology";

/**
 * What only the account knows. Credentials come first, for without them there are no answers; the rest is asked at once.
 */
export async function preflight(spec: Spec, options: AwsOptions): Promise<readonly string[]> {
  const skipped = skipReason(options);
  if (skipped !== undefined) {
    await pulumi.log.info(`${spec.name}: the account is not asked whether it can hold this, since ${skipped}`);
    return [];
  }
  const region = chosenRegion();
  const refused = await credentialsProblem(region);
  if (refused !== undefined) return [refused];
  const account = new Account(spec, options, region);
  const problems = await askAll(checks, account, { stack: spec.name, service: "AWS" });
  return problems.map((problem) => `${problem}. ${OVERRULE}`);
}

function skipReason(options: AwsOptions): string | undefined {
  if (!options.preflight) return "license-db:aws.preflight is false";
  const offline = new pulumi.Config("aws").getBoolean("skipCredentialsValidation") === true;
  return offline ? "aws:skipCredentialsValidation is true" : undefined;
}

async function credentialsProblem(region: Region): Promise<string | undefined> {
  try {
    await getCallerIdentity({});
    return undefined;
  } catch (error) {
    return [
      `there are no credentials that AWS accepts in ${region.name}: ${firstLine(error)}.`,
      "Give it some: log in with `aws sso login` or `aws configure` and set AWS_PROFILE, or set AWS_ACCESS_KEY_ID,",
      "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.",
      `If they are good elsewhere, the account may have to enable ${region.name} first.`,
      "To preview without an account: pulumi config set aws:skipCredentialsValidation true",
    ].join(" ");
  }
}

const checks: readonly Check<Account>[] = [
  { what: "the zones and subnets", ask: placeProblems },
  { what: "the private VPC", ask: publicProblems },
  {
    what: "the engine's version",
    ask: async (account) =>
      (await account.soldVersion()) === undefined
        ? [
            `engine.version is "${account.spec.engine.version}", which RDS does not sell in ${account.region.name}: ${ANY}`,
          ]
        : [],
  },
  { what: "the instance class", ask: classProblems },
];

/** What is not sold any more may well run on. */
const OVERRULE = "If the database runs like this already: pulumi config set --path license-db:aws.preflight false";
const ANY = "write the major version alone, for the one RDS has as its default";

/** Zones for new subnets, or the subnets of the user's own VPC. */
async function placeProblems(account: Account): Promise<readonly string[]> {
  return account.options.network.vpcId === undefined
    ? zoneProblems(account.region, chosenZones(account), await account.openZones())
    : subnetProblems(neededBy(account.spec), await account.subnets());
}

/**
 * RDS decides by the VPC whether a Multi-AZ DB cluster gets public addresses, and the provider cannot say otherwise:
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html (PubliclyAccessible).
 */
async function publicProblems(account: Account): Promise<readonly string[]> {
  const gateway = topologyOf(account.spec) === "cluster" ? await account.gateway() : undefined;
  if (gateway === undefined) return [];
  return [
    `license-db:aws.network.vpcId names a VPC with an internet gateway (${gateway}): RDS gives a Multi-AZ DB cluster there public addresses, whatever its subnets' routes and security groups keep out (R11). Name a VPC without one and peer it with the application's, or leave vpcId out for a VPC of the stack's own`,
  ];
}

async function classProblems(account: Account): Promise<readonly string[]> {
  const { spec, options, region } = account;
  const version = await account.soldVersion();
  // then that is what is wrong
  if (version === undefined) return [];
  const instanceClass = chosenClass(spec, options);
  const sold = await account.soldIn(instanceClass, version);
  // Where, is no question while the places are wrong.
  if (sold !== undefined && (await placeProblems(account)).length > 0) return [];
  const what = `${instanceClass} with ${options.storage.type} storage and PostgreSQL ${version}`;
  return offerProblems(neededBy(spec), { what, region: region.name, sold, wanted: await account.zones() });
}
