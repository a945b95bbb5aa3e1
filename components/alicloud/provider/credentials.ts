import type Credential from "@alicloud/credentials"; // where Alibaba Cloud's tools find who they are
import type { Account } from "./inputs";

/** What the alicloud provider takes, too, by the names that Alibaba Cloud's tools know. */
const ALSO: Readonly<Record<string, string>> = {
  ALICLOUD_ACCESS_KEY: "ALIBABA_CLOUD_ACCESS_KEY_ID",
  ALICLOUD_SECRET_KEY: "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
  ALICLOUD_SECURITY_TOKEN: "ALIBABA_CLOUD_SECURITY_TOKEN",
  ALICLOUD_PROFILE: "ALIBABA_CLOUD_PROFILE",
};

/** The variables of `environment`, with those that have another name only for the alicloud provider. */
export const asToolsKnow = (
  environment: Readonly<Record<string, string | undefined>>,
  profile?: string,
): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(ALSO).flatMap(([ours, theirs]) => (environment[ours] ? [[theirs, environment[ours]]] : [])),
  ),
  ...(profile === undefined ? {} : { ALIBABA_CLOUD_PROFILE: profile }),
});

/**
 * Who the functions are called as: the shell's keys, a profile of `aliyun configure`, or the machine's role.
 * @throws Error when there is nobody, with what to do. The tools' own words would show what stands in their files.
 */
export async function accountCredential({ profile }: Account): Promise<Credential> {
  // The client reads its variables itself. This process is the provider's alone.
  Object.assign(process.env, asToolsKnow(process.env, profile));
  const { default: Found } = await import("@alicloud/credentials");
  const credential = new Found();
  try {
    await credential.getCredential();
  } catch {
    throw new Error(
      "this shell has no credentials of Alibaba Cloud: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (and ALIBABA_CLOUD_SECURITY_TOKEN for those that expire), or run `aliyun configure` and set ALIBABA_CLOUD_PROFILE. Keys in the stack's own configuration (alicloud:accessKey) are the alicloud provider's alone",
    );
  }
  return credential;
}
