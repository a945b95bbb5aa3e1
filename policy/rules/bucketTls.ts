import type { Permissions } from "../facts/kinds";
import { belongs, reasons } from "./databases";
import { notAsked, stackRule, type Verdict } from "./rule";
import { must, some } from "./verdicts";

/** Everybody is denied what is not TLS. */
const deniesPlainText = ({ document }: Permissions): Verdict =>
  must(
    document,
    ({ statements }) =>
      statements.some(
        ({ effect, principals, conditions }) =>
          effect === "Deny" &&
          principals.includes("*") &&
          conditions.some((condition) => condition.endsWith("securetransport")),
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
