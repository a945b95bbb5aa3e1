import type {
  EnforcementLevel,
  PolicyConfigSchema,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";
import { exemptionOf, exemptions } from "./exemptions";
import { plainProperties, type Resource } from "./facts/resource";
import { factsOf } from "./facts/vendors";
import { isStackRule, type Judgement, judgeFacts, judgeWhole, readStack } from "./judge";
import { profileOf, profiles, type Run, softerBecause } from "./profile";
import { rules } from "./rules";
import type { ResourceRule, Rule, Settings, StackRule } from "./rules/rule";

type Policies = (ResourceValidationPolicy | StackValidationPolicy)[];
type Config = Readonly<Record<string, unknown>>;

/**
 * The pack: a policy for each rule, and three that only tell.
 *
 * A rule's own policy reports what is bad, and nothing else, so that its violations stay mandatory: `@pulumi/policy` turns
 * a rule that touches a value unknown in a preview into a warning, for all its other findings too. Here facts/resource.ts
 * catches that, a verdict is made of what is known, and what is open is told by a policy of its own.
 */
export function policies(run: Run): Policies {
  const seen = new Seen();
  return [
    ...rules.map((rule) => (isStackRule(rule) ? stackPolicy(rule, run, seen) : resourcePolicy(rule, run, seen))),
    ...(run.preview ? [undecidedPolicy(run, seen)] : []),
    softerPolicy(run, seen),
    exemptionsPolicy(seen),
  ];
}

function resourcePolicy(rule: ResourceRule, run: Run, seen: Seen): ResourceValidationPolicy {
  const { remedy } = rule;
  return {
    ...described(rule),
    validateResource: (args: ResourceValidationArgs, report: ReportViolation) => {
      const config = args.getConfig<Config>();
      for (const one of judgeFacts(rule, factsOf(seen.resource(rule.id, args)), config)) {
        if (!counts(one, run, config)) continue;
        const { verdict } = one;
        if (verdict.is === "bad") report(violation(one, verdict.reason), args.urn);
        // Before a resource is made everything is known; what is not, nobody vouches for.
        if (verdict.is === "undecided" && !run.preview)
          report(violation(one, `${verdict.what} is not known`), args.urn);
      }
    },
    ...(remedy
      ? {
          remediateResource: (args) => {
            const mended = remedy[args.type];
            if (!mended) return undefined;
            const bad = judgeFacts(rule, factsOf(alone(args)), args.getConfig<Config>()).some(
              ({ verdict }) => verdict.is === "bad",
            );
            if (!bad) return undefined;
            Object.assign(args.props, mended);
            return args.props;
          },
        }
      : {}),
  };
}

function stackPolicy(rule: StackRule, run: Run, seen: Seen): StackValidationPolicy {
  return {
    ...described(rule),
    validateStack: (args: StackValidationArgs, report: ReportViolation) => {
      const config = args.getConfig<Config>();
      const { stack } = seen.stack(rule.id, args);
      for (const one of judgeWhole(rule, stack, config)) {
        if (!counts(one, run, config)) continue;
        const { verdict } = one;
        if (verdict.is === "bad") report(violation(one, verdict.reason), one.on.urn);
        if (verdict.is === "undecided" && !run.preview) {
          report(
            violation(one, `${verdict.what} is not known even now; ${one.on.type} ${one.on.name} exists`),
            one.on.urn,
          );
        }
      }
    },
  };
}

/** What is neither exempt nor softer: the rule's own policy speaks of it. */
function counts({ rule, on }: Judgement, { stack }: Run, config: Config): boolean {
  return (
    exemptionOf(on.vendor, rule.id) === undefined && softerBecause(rule, profileOf(stack, config.profile)) === undefined
  );
}

/** A policy that only tells, of all rules at once; at the end, when it is known what each property was computed from. */
function telling(
  name: string,
  description: string,
  seen: Seen,
  tell: (all: readonly Judgement[], report: ReportViolation, config: Config) => void,
): StackValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: "advisory",
    configSchema: schema({}),
    validateStack: (args, report) => {
      const { facts, stack } = seen.stack(name, args);
      const all = rules.flatMap((rule) => (isStackRule(rule) ? judgeWhole(rule, stack) : judgeFacts(rule, facts)));
      tell(all, report, args.getConfig<Config>());
    },
  };
}

const undecidedPolicy = (run: Run, seen: Seen): StackValidationPolicy =>
  telling(
    "undecided-in-preview",
    "What a preview cannot decide; `up` decides it before the resource is made, or, for rules about the whole stack, after.",
    seen,
    (all, report, config) => {
      for (const one of all) {
        if (one.verdict.is !== "undecided" || !counts(one, run, config)) continue;
        report(
          `[${one.rule.id}] ${one.on.name} cannot be decided in a preview: ${one.verdict.what} is known only to up.`,
          one.on.urn,
        );
      }
    },
  );

const softerPolicy = (run: Run, seen: Seen): StackValidationPolicy =>
  telling(
    "softer-by-profile",
    "What a development or local stack is let do and production is not.",
    seen,
    (all, report, config) => {
      const profile = profileOf(run.stack, config.profile);
      for (const { rule, on, verdict } of all) {
        const because = softerBecause(rule, profile);
        if (verdict.is !== "bad" || because === undefined || exemptionOf(on.vendor, rule.id)) continue;
        report(`[${rule.id}] ${verdict.reason}. Let pass in profile ${profile}: ${because}.`, on.urn);
      }
    },
  );

const exemptionsPolicy = (seen: Seen): StackValidationPolicy =>
  telling("exemptions", "What a vendor cannot meet, by name.", seen, (all, report) => {
    const vendors = new Set(all.map(({ on }) => on.vendor));
    for (const { vendor, rule, why } of exemptions.filter((one) => vendors.has(one.vendor))) {
      const on = all.find((one) => one.on.vendor === vendor && one.rule.id === rule)?.on;
      report(`[${rule}] vendor ${vendor} is exempt: ${why}.`, on?.urn);
    }
  });

function described(rule: Rule) {
  return {
    name: rule.id,
    description: rule.title,
    enforcementLevel: "mandatory" as EnforcementLevel,
    severity: rule.severity,
    displayName: rule.title,
    remediationSteps: rule.mend,
    tags: [...rule.requirements, ...rule.controls],
    configSchema: schema(rule.settings),
  };
}

function schema(settings: Settings): PolicyConfigSchema {
  const asked = Object.entries(settings).map(([name, { type, default: value, description }]) => [
    name,
    { type, description, default: value, ...(type === "array" ? { items: { type: "string" } } : {}) },
  ]);
  const profile = {
    type: "string",
    enum: ["", ...profiles],
    default: "",
    description: "What the stack is for; empty: by its name, where dev and local are that and any other production.",
  };
  return { properties: { ...Object.fromEntries(asked), profile } } as unknown as PolicyConfigSchema;
}

/** What is wrong, what it endangers, how to mend it. */
function violation({ rule, on }: Judgement, reason: string): string {
  const controls = rule.controls.length > 0 ? ` [${rule.controls.join(", ")}]` : "";
  return `${on.name}: ${reason}. ${rule.protects} ${rule.mend} (${rule.requirements.join(", ")})${controls}`;
}

/** A resource as the engine shows it before it is made: nobody tells what its properties were computed from. */
function alone(args: Pick<ResourceValidationArgs, "urn" | "type" | "name" | "props" | "opts">): Resource {
  const { urn, type, name, props, opts } = args;
  return { urn, type, name, inputs: plainProperties(props), outputs: {}, protect: opts.protect };
}

/** Resources are read once, however many policies ask. */
class Seen {
  private readonly resources = new Map<string, { readonly resource: Resource; readonly asked: Set<string> }>();
  private whole: { readonly read: ReturnType<typeof readStack>; readonly asked: Set<string> } | undefined;

  /** A policy that asks for the same URN again is shown another version of it. */
  resource(policy: string, args: ResourceValidationArgs): Resource {
    const known = this.resources.get(args.urn);
    if (known && !known.asked.has(policy)) {
      known.asked.add(policy);
      return known.resource;
    }
    const resource = alone(args);
    this.resources.set(args.urn, { resource, asked: new Set([policy]) });
    return resource;
  }

  stack(policy: string, args: StackValidationArgs): ReturnType<typeof readStack> {
    if (this.whole && !this.whole.asked.has(policy)) {
      this.whole.asked.add(policy);
      return this.whole.read;
    }
    const read = readStack(args.resources.map((one) => this.finished(one)));
    this.whole = { read, asked: new Set([policy]) };
    return read;
  }

  /**
   * At the end the engine shows what became of each resource: there a preview leaves unknown also what nobody asked for.
   * What was asked for is remembered.
   */
  private finished(one: StackValidationArgs["resources"][number]): Resource {
    const { urn, type, name, props, opts, propertyDependencies } = one;
    const outputs = plainProperties(props);
    return {
      urn,
      type,
      name,
      inputs: this.resources.get(urn)?.resource.inputs ?? outputs,
      outputs,
      protect: opts.protect,
      references: Object.fromEntries(
        Object.entries(propertyDependencies).map(([key, targets]) => [
          key,
          targets.map((target) => ({ urn: target.urn, type: target.type })),
        ]),
      ),
    };
  }
}
