import { onPath, run } from "../../components/local/tools/command";
import type { Stack } from "../cli/stack";
import { awsRds, awsRdsClient } from "../cloud/rds";
import type { Facts } from "./review";
import { majorOf } from "./review";

type Offered = Pick<Facts, "offered" | "vendorSupport">;

/** The versions that can be had where the stack is, as its vendor or this machine's package sources say. */
export async function offeredVersions(stack: Stack, running: string): Promise<Offered> {
  if (stack.vendor === "aws") return byRds(stack, running);
  if (stack.vendor === "local") return { offered: await byApt(running) };
  // ApsaraDB names major versions only, and brings minor ones in by itself.
  return { offered: undefined };
}

async function byRds(stack: Stack, running: string): Promise<Offered> {
  const [sdk, client] = await Promise.all([awsRds(), awsRdsClient(stack)]);
  const versions: string[] = [];
  for await (const page of sdk.paginateDescribeDBEngineVersions({ client }, { Engine: "postgres" })) {
    versions.push(...(page.DBEngineVersions ?? []).flatMap(({ EngineVersion }) => EngineVersion ?? []));
  }
  const life = await client
    .send(
      new sdk.DescribeDBMajorEngineVersionsCommand({
        Engine: "postgres",
        MajorEngineVersion: String(majorOf(running)),
      }),
    )
    // Fewer may ask for it than for versions.
    .catch(() => undefined);
  const ends = life?.DBMajorEngineVersions?.[0]?.SupportedEngineLifecycles?.find(
    ({ LifecycleSupportName }) => LifecycleSupportName === "open-source-rds-standard-support",
  )?.LifecycleSupportEndDate;
  return {
    offered: { versions, source: "RDS" },
    ...(ends === undefined ? {} : { vendorSupport: ends.toISOString().slice(0, 10) }),
  };
}

/** Debian's package sources, where this machine has them. */
async function byApt(running: string): Promise<Facts["offered"]> {
  const program = onPath("apt-cache")[0];
  if (program === undefined) return undefined;
  const majors = Array.from({ length: 4 }, (_, more) => majorOf(running) + more);
  const said = await run([program, "policy", ...majors.map((major) => `postgresql-${major}`)]).catch(() => "");
  const versions = candidates(said);
  return versions.length > 0 ? { versions, source: "this machine's package sources" } : undefined;
}

/** The versions that `apt-cache policy` would install: "15.20" out of "Candidate: 15.20-0+deb12u1". */
export const candidates = (said: string): string[] =>
  [...said.matchAll(/^ +Candidate: (?:\d+:)?(\d+\.\d+)/gm)].map(([, version]) => version ?? "");
