import { exceptionFor } from "./exceptions.ts";
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
  if (rule.resource === undefined || !rule.resource.types.includes(resource.type)) return [];
  return found(resource, rule.resource.check(resource)).filter(
    (finding) => exceptionFor(rule, finding, resource, stackOf(resource.urn), today) === undefined,
  );
}

/** What a rule finds in a whole stack, exceptions taken off. */
export function evaluateStack(rule: Rule, stack: PlannedStack): readonly Finding[] {
  return (rule.stack?.(stack) ?? []).filter((finding) => {
    const resource = stack.resources.find(({ urn }) => urn === finding.urn);
    return exceptionFor(rule, finding, resource, stack.stack, stack.today) === undefined;
  });
}
