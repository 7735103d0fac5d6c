/** A policy without one of its parts: each must be missed. */
import type { OneOrMany, Policy, Statement } from "./judge.ts";
import type { Right } from "./rights.ts";

export interface Mutant {
  /** The part that is gone. */
  readonly what: string;
  readonly policy: Policy;
  /** Whether a right can be touched by it: the others need no second judgement. */
  readonly concerns: (right: Right) => boolean;
}

const list = (value: OneOrMany): readonly string[] => (typeof value === "string" ? [value] : value);

/** Whether IAM's pattern (`*`, `?`, any case) matches an action. */
function matches(pattern: string, action: string): boolean {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${source.replaceAll("?", ".")}$`, "i").test(action);
}

const without = (values: OneOrMany, value: string): readonly string[] =>
  list(values).filter((one) => one !== value);

/** A policy with one statement replaced; one that says nothing any more is left out. */
function replaced(policy: Policy, old: Statement, next: Statement): Policy {
  const says =
    list(next.Action).length > 0 &&
    list(next.Resource).length > 0 &&
    Object.values(next.Condition ?? {}).every((keys) =>
      Object.values(keys).every((values) => list(values).length > 0),
    );
  return {
    ...policy,
    Statement: policy.Statement.flatMap((one) => (one !== old ? [one] : says ? [next] : [])),
  };
}

function conditionsWithout(statement: Statement): { what: string; next: Statement }[] {
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, values]) =>
      list(values).map((value) => ({
        what: `${key} ${value}`,
        next: {
          ...statement,
          Condition: {
            ...statement.Condition,
            [operator]: { ...keys, [key]: without(values, value) },
          },
        },
      })),
    ),
  );
}

/** One mutant for each action, each ARN and each value of a condition. */
export function mutantsOf(policy: Policy): Mutant[] {
  return policy.Statement.flatMap((statement) => {
    const inStatement = ({ action }: Right): boolean =>
      list(statement.Action).some((pattern) => matches(pattern, action));
    const mutant = (
      what: string,
      next: Statement,
      concerns: Mutant["concerns"] = inStatement,
    ): Mutant => ({
      what: `${statement.Sid}: ${what}`,
      policy: replaced(policy, statement, next),
      concerns,
    });
    return [
      ...list(statement.Action).map((action) =>
        mutant(action, { ...statement, Action: without(statement.Action, action) }, (right) =>
          matches(action, right.action),
        ),
      ),
      ...list(statement.Resource).map((resource) =>
        mutant(resource, { ...statement, Resource: without(statement.Resource, resource) }),
      ),
      ...conditionsWithout(statement).map(({ what, next }) => mutant(what, next)),
    ];
  });
}
