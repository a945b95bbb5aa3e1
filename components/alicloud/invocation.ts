import * as pulumi from "@pulumi/pulumi";
import type { Account, Call } from "./provider/inputs";
import type { Site } from "./site";

// The program's side of the provider in ./provider: types only cross over, no code of it is loaded here.

type Asked = { readonly [K in keyof Call]: pulumi.Input<Exclude<Call[K], undefined>> | Extract<Call[K], undefined> };

/** What is asked of an invocation; see ./provider/inputs.ts. */
export interface InvocationArgs {
  readonly on: { readonly up?: Asked; readonly destroy?: Asked };
  readonly triggers?: readonly pulumi.Input<string>[];
}

/** A function that is called as part of `up` or of `destroy`: the alicloud provider has no resource for that. */
export class Invocation extends pulumi.CustomResource {
  constructor(site: Site, what: string, { on, triggers = [] }: InvocationArgs, dependsOn: readonly pulumi.Resource[]) {
    super(
      "alicloudfc:index:Invocation",
      site.name(what),
      { account: accountOf(site), on, triggers },
      site.child({
        dependsOn: [...dependsOn],
      }),
    );
  }
}

/** The one that the alicloud provider takes, as far as its keys are nobody's but the shell's. */
function accountOf({ region }: Site): Account {
  const profile = new pulumi.Config("alicloud").get("profile");
  return { region: region.name, ...(profile === undefined ? {} : { profile }) };
}
