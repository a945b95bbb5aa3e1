import type * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { AwsOptions } from "./options";
import type { Region } from "./regions";

/** What every resource of one stack on AWS is made with. */
export class Site {
  constructor(
    readonly spec: Spec,
    readonly options: AwsOptions,
    readonly region: Region,
    readonly parent: pulumi.Resource,
  ) {}

  /** "key" -> "license-db-prod-key": the resource's name in the state; Pulumi adds a few letters for its name on AWS. */
  name(what: string): string {
    return `${this.spec.name}-${what}`;
  }

  /** R11, R20: who owns it, and what it is; the user's own tags win over nothing of ours but the name. */
  tags(what: string): Record<string, string> {
    return {
      "managed-by": "license-db",
      environment: this.spec.environment,
      ...this.spec.tags,
      Name: this.name(what),
    };
  }

  /** Of what can be made again. */
  child(more: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
    return { parent: this.parent, ...more };
  }

  /** Of what holds data, or what data cannot be read without: nobody deletes it while the spec protects it. */
  kept(more: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
    return this.child({ protect: this.spec.deletionProtection, ...more });
  }
}
