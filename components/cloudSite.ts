import type * as pulumi from "@pulumi/pulumi";
import type { Spec } from "./spec/spec";

/** What every resource of one stack in a cloud is made with: names, tags, and how it is kept. */
export class CloudSite<Options, Region> {
  constructor(
    readonly spec: Spec,
    readonly options: Options,
    readonly region: Region,
    readonly parent: pulumi.Resource,
  ) {}

  /** "key" -> "license-db-prod-key": the resource's name in the state; Pulumi adds a few letters for its name in the cloud. */
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
