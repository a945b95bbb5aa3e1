import * as pulumi from "@pulumi/pulumi";

/** "arn:aws:kms:eu-central-1:123456789012:key/..." -> "123456789012". */
export const accountOf = (arn: pulumi.Input<string>): pulumi.Output<string> =>
  pulumi.output(arn).apply((known) => known.split(":")[4] ?? "");
