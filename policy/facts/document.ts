import type { Condition, Document, Statement } from "./kinds";

/**
 * A policy document, as AWS and Alibaba Cloud write them; as JSON text or already read.
 *
 * What is no document reads as one statement that allows everybody everything, so that no rule passes what it cannot read.
 */
export function parseDocument(given: unknown): Document {
  let content = given;
  if (typeof given === "string") {
    try {
      content = JSON.parse(given);
    } catch {
      return unreadable;
    }
  }
  if (!isObject(content)) return unreadable;
  const statements = content.Statement ?? content.statements ?? content.statement;
  if (statements === undefined) return unreadable;
  const list = Array.isArray(statements) ? statements : [statements];
  return { statements: list.map((one) => (isObject(one) ? readStatement(one) : everything)) };
}

const everything: Statement = {
  effect: "Allow",
  principals: ["*"],
  notPrincipal: false,
  actions: ["*"],
  notAction: false,
  resources: ["*"],
  conditions: [],
};
const unreadable: Document = { statements: [everything] };

function readStatement(one: Readonly<Record<string, unknown>>): Statement {
  return {
    // A statement with another effect, or none, is none the service takes: read as the worse of the two.
    effect: one.Effect === "Deny" ? "Deny" : "Allow",
    principals: principals(one.Principal ?? one.NotPrincipal),
    notPrincipal: one.NotPrincipal !== undefined,
    actions: texts(one.Action ?? one.NotAction),
    notAction: one.NotAction !== undefined,
    // What a statement leaves out on purpose (NotResource) may be anything else.
    resources: one.NotResource === undefined ? texts(one.Resource) : ["*"],
    conditions: conditions(one.Condition),
  };
}

function principals(given: unknown): string[] {
  if (given === undefined || given === null) return [];
  if (isObject(given)) return Object.values(given).flatMap(texts);
  return texts(given);
}

function conditions(given: unknown): Condition[] {
  if (!isObject(given)) return [];
  return Object.entries(given).flatMap(([operator, keys]) =>
    isObject(keys)
      ? Object.entries(keys).map(([key, values]) => ({
          operator: operator.toLowerCase(),
          key: key.toLowerCase(),
          values: texts(values).map((value) => value.toLowerCase()),
        }))
      : [],
  );
}

function texts(given: unknown): string[] {
  if (given === undefined || given === null) return [];
  return (Array.isArray(given) ? given : [given]).map(String);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
