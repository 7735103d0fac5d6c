import { isObject, type Planned, type PlannedObject } from "./planned.ts";

export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** `Service:ec2.amazonaws.com`, `AWS:*`; a bare "*" is `*:*`. */
  readonly principals: readonly string[];
  readonly inverted: boolean;
  /** Condition keys, lower case, with the texts that they are compared with. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
  readonly operators: readonly string[];
}

const texts = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : Array.isArray(value)
      ? value.filter((item) => typeof item === "string")
      : [];

const entries = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

function principalsOf(value: unknown): string[] {
  if (value === "*") return ["*:*"];
  return entries(value).flatMap(([kind, names]) => texts(names).map((name) => `${kind}:${name}`));
}

function statementOf(value: unknown): Statement {
  const fields = new Map(entries(value));
  const conditions = entries(fields.get("Condition")).flatMap(([, keys]) => entries(keys));
  return {
    effect: texts(fields.get("Effect"))[0] ?? "Allow",
    actions: texts(fields.get("Action")),
    resources: texts(fields.get("Resource")),
    principals: principalsOf(fields.get("Principal")),
    inverted: ["NotAction", "NotResource", "NotPrincipal"].some((key) => fields.has(key)),
    conditions: new Map(conditions.map(([key, wanted]) => [key.toLowerCase(), texts(wanted)])),
    operators: entries(fields.get("Condition")).map(([operator]) => operator),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Statements of an IAM document; undefined: not known in preview, or no document. */
export function statementsOf(value: Planned | PlannedObject | undefined): Statement[] | undefined {
  const document: unknown = typeof value === "string" ? parsed(value) : value;
  if (typeof document !== "object" || document === null) return undefined;
  if (typeof value !== "string" && !isObject(value)) return undefined;
  const list = new Map(entries(document)).get("Statement");
  if (list === undefined) return undefined;
  return (Array.isArray(list) ? list : [list]).map(statementOf);
}

export const MUST_BE_KNOWN =
  "must be a document that is known in preview: build its ARNs from names";

/** Condition keys that say who calls; `aws:SecureTransport`, for one, says nothing of the kind. */
const WHO = [
  "aws:sourceaccount",
  "aws:sourceowner",
  "aws:sourcearn",
  "aws:sourceorgid",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalorgid",
  "kms:calleraccount",
];

/** Whether conditions leave only callers that they name. */
const isNarrowed = ({ conditions, operators }: Statement): boolean =>
  !operators.some((operator) => /Not|Null|IfExists/.test(operator)) &&
  WHO.some((key) => {
    const wanted = conditions.get(key) ?? [];
    return wanted.length > 0 && !wanted.includes("*");
  });

/** Whether a statement of a resource's policy lets in everybody. */
export const isOpen = (statement: Statement): boolean =>
  statement.effect === "Allow" &&
  (statement.inverted || statement.principals.some((name) => name.endsWith(":*"))) &&
  !isNarrowed(statement);
