import { expect, it } from "vitest";
import { awsOptions } from "../../../components/aws/options";
import { configurationFields } from "../../../components/spec/configuration";
import type { Field } from "../../../components/spec/fields";
import { clusterChanges, elsewhere, instanceChanges } from "../../aws/support/changes";

type Fields = Readonly<Record<string, Field<unknown>>>;

/** "size.vcpu", "aws.storage.type"; thresholds count as one. */
const pathsOf = (fields: Fields, above = ""): string[] =>
  Object.entries(fields).flatMap(([key, { fields: below }]) =>
    below && key !== "thresholds" ? pathsOf(below, `${above}${key}.`) : [`${above}${key}`],
  );
const all = pathsOf(configurationFields({ aws: awsOptions }) as unknown as Fields).filter(
  (path) => path !== "local" && path !== "alicloud",
);
const changed = (change: unknown, path: string): boolean =>
  path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], change) !==
  undefined;

it("each field of AWS's configuration is changed in a preview of what is up, or its change is shown elsewhere", () => {
  const changes = [...clusterChanges, ...instanceChanges].map(({ change }) => change);
  const shown = all.filter((path) => changes.some((change) => changed(change, path)));
  expect(shown.length).toBeGreaterThan(30);
  expect(all.filter((path) => !shown.includes(path)).sort()).toEqual(Object.keys(elsewhere).sort());
});
