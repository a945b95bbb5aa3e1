import { getCallerIdentity } from "@pulumi/alicloud/getCallerIdentity";
import * as pulumi from "@pulumi/pulumi";
import { askAll, type Check, firstLine } from "../preflight";
import type { Spec } from "../spec/spec";
import { Account } from "./account";
import { keyProblems, offerProblems, roleProblems, vswitchProblems } from "./accountAnswers";
import { primaryClass } from "./classes";
import { roleDescription } from "./encryptionRole";
import type { AlicloudOptions } from "./options";
import { asToolsKnow } from "./provider/credentials";
import { chosenRegion, type Region } from "./regions";

/**
 * What only the account knows. Credentials come first, for without them there are no answers; the rest is asked at once.
 */
export async function preflight(spec: Spec, options: AlicloudOptions): Promise<readonly string[]> {
  const skipped = skipReason(options);
  if (skipped !== undefined) {
    await pulumi.log.info(`${spec.name}: the account is not asked whether it can hold this, since ${skipped}`);
    return [];
  }
  const region = chosenRegion();
  const refused = await credentialsProblem(region);
  if (refused !== undefined) return [refused];
  if (hasKeysOfItsOwn()) await pulumi.log.warn(KEYS_OF_ITS_OWN);
  const account = new Account(spec, options, region);
  const problems = await askAll(checks, account, { stack: spec.name, service: "Alibaba Cloud" });
  return problems.map((problem) => `${problem}. ${OVERRULE}`);
}

/** What is not sold any more may well run on. */
const OVERRULE = "If the database runs like this already: pulumi config set --path license-db:alicloud.preflight false";

/** Whether the stack's configuration has keys that the alicloud provider takes, and a shell without any could do without. */
function hasKeysOfItsOwn(): boolean {
  const shell: NodeJS.ProcessEnv = { ...process.env, ...asToolsKnow(process.env) };
  const ofShell = shell.ALIBABA_CLOUD_ACCESS_KEY_ID || shell.ALIBABA_CLOUD_PROFILE;
  return new pulumi.Config("alicloud").get("accessKey") !== undefined && !ofShell;
}

const KEYS_OF_ITS_OWN =
  "alicloud:accessKey is the alicloud provider's alone. The set-up and the last dump are called with this shell's credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, too, or have a profile of `aliyun configure`";

function skipReason(options: AlicloudOptions): string | undefined {
  if (!options.preflight) return "license-db:alicloud.preflight is false";
  const offline = new pulumi.Config("alicloud").getBoolean("skipRegionValidation") === true;
  return offline ? "alicloud:skipRegionValidation is true" : undefined;
}

async function credentialsProblem(region: Region): Promise<string | undefined> {
  try {
    await getCallerIdentity({});
    return undefined;
  } catch (error) {
    return [
      `Alibaba Cloud takes no credentials of this shell for ${region.name}: ${firstLine(error)}.`,
      "Give it some: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (and",
      "ALIBABA_CLOUD_SECURITY_TOKEN for those that expire), or run `aliyun configure` and set ALIBABA_CLOUD_PROFILE.",
      "To preview without an account: pulumi config set alicloud:skipRegionValidation true",
    ].join(" ");
  }
}

const checks: readonly Check<Account>[] = [
  {
    what: "the instance class",
    ask: async (account) => offerProblems(primaryClass(account.spec, account.options), await account.offers()),
  },
  {
    what: "RDS's role for keys",
    ask: async (account) =>
      account.spec.encryption.atRest
        ? roleProblems(account.options.encryption, await account.encryptionRole(), roleDescription(account.spec.name))
        : [],
  },
  {
    what: "the vswitches",
    ask: async (account) =>
      account.options.network.vpcId === undefined
        ? []
        : vswitchProblems(account.options.network, await account.vswitches()),
  },
  {
    what: "the key",
    ask: async (account) => {
      const { keyId } = account.options.encryption;
      return keyId === undefined ? [] : keyProblems(keyId, await account.key(keyId));
    },
  },
];
