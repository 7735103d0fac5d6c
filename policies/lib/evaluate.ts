import { withoutException } from "./exceptions.ts";
import {
  found,
  stackOf,
  type Finding,
  type PlannedResource,
  type PlannedStack,
  type Rule,
} from "./rule.ts";

/** What a rule finds in one resource, exceptions taken off. */
export function evaluateResource(
  rule: Rule,
  resource: PlannedResource,
  today: Date,
): readonly Finding[] {
  if (rule.resource === undefined) return [];
  const { types = [resource.type] } = rule.resource;
  if (!types.includes(resource.type)) return [];
  const where = { stack: stackOf(resource.urn), today };
  return found(resource, rule.resource.check(resource)).flatMap((finding) =>
    withoutException(rule, finding, resource, where),
  );
}

/** What a rule finds in a whole stack, exceptions taken off. */
export function evaluateStack(rule: Rule, stack: PlannedStack): readonly Finding[] {
  return (rule.stack?.(stack) ?? []).flatMap((finding) => {
    const resource = stack.resources.find(({ urn }) => urn === finding.urn);
    return withoutException(rule, finding, resource, stack);
  });
}
