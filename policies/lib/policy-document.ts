import { isObject, type Planned, type PlannedObject } from "./planned.ts";

/** One comparison of a statement's condition. */
export interface Comparison {
  /** e.g. `StringEquals`, with its prefix and suffix. */
  readonly operator: string;
  /** Condition key, lower case. */
  readonly key: string;
  readonly wanted: readonly string[];
}

export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** `Service:ec2.amazonaws.com`, `AWS:*`; a bare "*" is `*:*`. */
  readonly principals: readonly string[];
  readonly inverted: boolean;
  /** All of them must hold. */
  readonly conditions: readonly Comparison[];
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
  return {
    effect: texts(fields.get("Effect"))[0] ?? "Allow",
    actions: texts(fields.get("Action")),
    resources: texts(fields.get("Resource")),
    principals: principalsOf(fields.get("Principal")),
    inverted: ["NotAction", "NotResource", "NotPrincipal"].some((key) => fields.has(key)),
    conditions: entries(fields.get("Condition")).flatMap(([operator, keys]) =>
      entries(keys).map(([key, wanted]) => ({
        operator,
        key: key.toLowerCase(),
        // Booleans may be written without quotes.
        wanted: typeof wanted === "boolean" ? [String(wanted)] : texts(wanted),
      })),
    ),
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

/** Operators that hold for what they name alone: not for everything else, nor for what is absent. */
const POSITIVE =
  /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/;

const hasWildcard = (text: string): boolean => /[*?]/.test(text);

/** Account of an ARN, or of twelve digits; undefined: it names none. */
export function accountIn(text: string): string | undefined {
  if (/^\d{12}$/.test(text)) return text;
  const account = text.startsWith("arn:") ? text.split(":")[4] : undefined;
  return account === undefined || account === "" ? undefined : account;
}

/** What a condition compares a key with, where it lets in what it names alone; a key by its end. */
export function pinnedTo({ conditions }: Statement, ...ends: readonly string[]): string[] {
  return conditions
    .filter(
      ({ operator, key }) =>
        POSITIVE.test(operator) && ends.some((end) => key === end || key.endsWith(`:${end}`)),
    )
    .flatMap(({ wanted }) => wanted);
}

/** Condition keys that say whose the caller is; `aws:SecureTransport`, for one, says nothing of the kind. */
const BY_ACCOUNT = [
  "aws:sourceaccount",
  "aws:sourceowner",
  "aws:sourcearn",
  "aws:principalaccount",
  "aws:principalarn",
  "kms:calleraccount",
  "kms:encryptioncontext:aws:logs:arn",
];
const BY_PLACE = ["aws:sourceorgid", "aws:principalorgid", "aws:sourcevpc", "aws:sourcevpce"];

/** Whether conditions leave callers of these accounts alone, whatever the principal. */
export function isNarrowed(statement: Statement, accounts: readonly string[]): boolean {
  const own = BY_ACCOUNT.map((key) => pinnedTo(statement, key)).filter(({ length }) => length > 0);
  const places = BY_PLACE.flatMap((key) => pinnedTo(statement, key));
  return (
    own.some((wanted) => wanted.every((text) => accounts.includes(accountIn(text) ?? ""))) ||
    (places.length > 0 && !places.some(hasWildcard))
  );
}

/** Whether a statement of a resource's policy lets in everybody. */
const isEverybody = ({ principals, inverted }: Statement): boolean =>
  inverted || principals.some((name) => name.endsWith(":*"));

export const isOpen = (statement: Statement, accounts: readonly string[]): boolean =>
  statement.effect === "Allow" && isEverybody(statement) && !isNarrowed(statement, accounts);

/** Principals that a statement lets in, and that are of another account or of nobody known. */
export function foreignIn(statement: Statement, accounts: readonly string[]): string[] {
  if (statement.effect !== "Allow" || isEverybody(statement)) return [];
  return statement.principals.filter((principal) => {
    const [kind = "", ...rest] = principal.split(":");
    const name = rest.join(":");
    if (kind === "Service") return !/^[a-z0-9.-]+\.amazonaws\.com$/.test(name);
    if (kind === "AWS" || kind === "Federated") return !accounts.includes(accountIn(name) ?? "");
    return true;
  });
}

/** An action that is a pattern: it grows with every action that AWS adds. */
export const isPattern = (action: string): boolean =>
  hasWildcard(action) && !/^kms:(GenerateDataKey|ReEncrypt)\*$/.test(action);

/** A resource that is all of its kind: `*`, `arn:aws:s3:::*`, `arn:aws:secretsmanager:*:*:secret:*`. */
export function isAnything(resource: string): boolean {
  if (!resource.startsWith("arn:")) return hasWildcard(resource);
  const [, , service, , , ...rest] = resource.split(":");
  const last = rest.join(":");
  // The names of buckets stand where others say what kind of resource it is.
  if (service === "s3") return /^[*?]*(\/|$)/.test(last);
  const [, own = last] = /^[\w-]+[:/](.*)$/.exec(last) ?? [];
  return /^[*?:/]*$/.test(own);
}
