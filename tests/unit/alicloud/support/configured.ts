import { type AlicloudOptions, alicloudOptions, checkAlicloud } from "../../../../components/alicloud/options";
import { parseConfiguration } from "../../../../components/spec/config";
import type { Spec } from "../../../../components/spec/spec";

export const NOW = new Date("2026-01-15T00:00:00Z");
export const REGION = "cn-hangzhou";

export interface Configured {
  readonly spec: Spec;
  readonly options: AlicloudOptions;
}

export type Raw = Readonly<Record<string, unknown>>;

/** A stack's configuration, as the program reads it. */
export function configured(stack: string, raw: Raw = {}): Configured {
  return parseConfiguration<AlicloudOptions>(
    { vendor: "alicloud", ...raw },
    { project: "license-db", stack, vendorOptions: { alicloud: alicloudOptions }, now: NOW },
  );
}

/** What the vendor's rules say of it. */
export function problemsOf(stack: string, raw: Raw = {}, region: string | undefined = REGION): readonly string[] {
  const { spec, options } = configured(stack, raw);
  return checkAlicloud(spec, options, region, NOW);
}
