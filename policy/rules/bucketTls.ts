import type { Condition, Permissions } from "../facts/kinds";
import { belongs, reasons } from "./databases";
import { notAsked, stackRule, type Verdict } from "./rule";
import { must, some } from "./verdicts";

/** Every call, of S3 and OSS. */
const EVERYTHING = /^(\*|s3:\*|oss:\*)$/i;

const isPlainText = ({ operator, key, values }: Condition): boolean =>
  operator.startsWith("bool") && key.endsWith(":securetransport") && values.every((value) => value === "false");

/** Everybody is denied whatever is not TLS, and under no further condition. */
const deniesPlainText = ({ document }: Permissions): Verdict =>
  must(
    document,
    ({ statements }) =>
      statements.some(
        ({ effect, principals, actions, notAction, conditions }) =>
          effect === "Deny" &&
          principals.includes("*") &&
          !notAction &&
          actions.some((action) => EVERYTHING.test(action)) &&
          conditions.length === 1 &&
          conditions.every(isPlainText),
      ),
    () => "the bucket's policy takes plain text",
  );

export const bucketTls = stackRule({
  id: "bucket-tls",
  of: "stack",
  requirements: ["R12", "R14"],
  severity: "medium",
  title: "Buckets take TLS alone.",
  protects: "A dump crosses the network in plain text.",
  mend: "Deny everybody what is not TLS in the bucket's policy: SecureTransport false.",
  controls: [],
  settings: {},
  judge: (stack) =>
    stack.all("bucket").map((bucket) => {
      if (bucket.forceDestroy.state === "lacking") return { on: bucket, verdict: notAsked(bucket.forceDestroy.why) };
      const verdicts = stack
        .all("permissions")
        .filter(({ on }) => on === "bucket")
        .map((one) =>
          one.urn === bucket.urn
            ? deniesPlainText(one)
            : belongs(stack, bucket, one.guards, () => deniesPlainText(one)),
        );
      return { on: bucket, verdict: some(verdicts, reasons(verdicts) ?? "nothing refuses plain text at the bucket") };
    }),
});
