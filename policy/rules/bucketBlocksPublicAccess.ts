import { belongs } from "./databases";
import { notAsked, stackRule } from "./rule";
import { mustBeTrue, some } from "./verdicts";

export const bucketBlocksPublicAccess = stackRule({
  id: "bucket-blocks-public-access",
  of: "stack",
  requirements: ["R11", "R14"],
  severity: "high",
  title: "A bucket refuses whatever would make it public.",
  protects: "One ACL or policy, set by hand and in a hurry, publishes every archive.",
  mend: "Add oss.BucketPublicAccessBlock with blockPublicAccess: true (Alibaba Cloud).",
  controls: [],
  settings: {},
  judge: (stack) =>
    stack.all("bucket").map((bucket) => ({
      on: bucket,
      verdict:
        bucket.forceDestroy.state === "lacking" || bucket.vendor === "aws"
          ? notAsked("S3 blocks public access of new buckets by itself; a part of a bucket is no bucket")
          : some(
              stack
                .all("publicAccessBlock")
                .map((one) => belongs(stack, bucket, one.guards, () => mustBeTrue(one.blocks, "it blocks nothing"))),
              "nothing blocks public access to the bucket",
            ),
    })),
});
