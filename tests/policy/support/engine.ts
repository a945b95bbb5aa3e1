import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import * as server from "@pulumi/policy/server";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** What the engine writes where a preview does not know a text. */
export const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface Shown {
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, unknown>;
  /** By property, names of the resources it was computed from. */
  readonly from?: Readonly<Record<string, readonly string[]>>;
}

export interface Said {
  readonly policy: string;
  readonly level: "advisory" | "mandatory";
  readonly message: string;
  readonly urn: string;
}

type Policies = (ResourceValidationPolicy | StackValidationPolicy)[];
/** The package has them, but leaves them out of its types. */
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun, makeRemediateRpcFun } = server as unknown as Readonly<
  Record<"makeAnalyzeRpcFun" | "makeAnalyzeStackRpcFun" | "makeRemediateRpcFun", (...pack: Pack) => Rpc>
>;
type Pack = readonly [name: string, version: string, level: string, policies: Policies];
type Rpc = (call: { request: unknown }, callback: (error: unknown, response: unknown) => void) => Promise<void>;

const NAME = ["license-db", "0.1.0", "mandatory"] as const;
const LEVELS = {
  [analyzer.EnforcementLevel.ADVISORY]: "advisory",
  [analyzer.EnforcementLevel.MANDATORY]: "mandatory",
} as Record<number, Said["level"]>;
export const urnOf = ({ type, name }: Pick<Shown, "type" | "name">): string =>
  `urn:pulumi:prod::test::${type}::${name}`;

/** `@pulumi/policy` as the engine asks it, protocol and all: what it softens, it softens here. */
export async function analyze(policies: Policies, resource: Shown): Promise<readonly Said[]> {
  const request = new analyzer.AnalyzeRequest();
  describe(request, resource);
  return said(await answer(makeAnalyzeRpcFun(...NAME, policies), request));
}

export async function analyzeStack(policies: Policies, resources: readonly Shown[]): Promise<readonly Said[]> {
  const urns = new Map(resources.map((one) => [one.name, urnOf(one)]));
  const request = new analyzer.AnalyzeStackRequest();
  request.setResourcesList(
    resources.map((one) => {
      const shown = new analyzer.AnalyzerResource();
      describe(shown, one);
      for (const [property, names] of Object.entries(one.from ?? {})) {
        const dependencies = new analyzer.AnalyzerPropertyDependencies();
        dependencies.setUrnsList(names.map((name) => urns.get(name) ?? name));
        shown.getPropertydependenciesMap().set(property, dependencies);
      }
      return shown;
    }),
  );
  return said(await answer(makeAnalyzeStackRpcFun(...NAME, policies), request));
}

/** Properties as remediations leave them; undefined: nothing was mended. */
export async function remediate(policies: Policies, resource: Shown): Promise<Record<string, unknown> | undefined> {
  const request = new analyzer.AnalyzeRequest();
  describe(request, resource);
  const response = (await answer(makeRemediateRpcFun(...NAME, policies), request)) as analyzer.RemediateResponse;
  return response.getRemediationsList().at(-1)?.getProperties()?.toJavaScript() as Record<string, unknown> | undefined;
}

function describe(request: analyzer.AnalyzeRequest | analyzer.AnalyzerResource, resource: Shown): void {
  request.setType(resource.type);
  request.setName(resource.name);
  request.setUrn(urnOf(resource));
  request.setProperties(Struct.fromJavaScript(resource.props as never));
  request.setOptions(new analyzer.AnalyzerResourceOptions());
}

function answer(rpc: Rpc, request: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    void rpc({ request }, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

function said(response: unknown): readonly Said[] {
  return (response as analyzer.AnalyzeResponse).getDiagnosticsList().map((one) => ({
    policy: one.getPolicyname(),
    level: LEVELS[one.getEnforcementlevel()] ?? "mandatory",
    // The rule's own title comes first.
    message: one.getMessage().replace(`${one.getDescription()}\n`, ""),
    urn: one.getUrn(),
  }));
}
