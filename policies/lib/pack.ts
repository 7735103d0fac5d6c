import type {
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";
import { evaluateResource, evaluateStack } from "./evaluate.ts";
import { isObject, plannedOf, type PlannedObject } from "./planned.ts";
import { stackOf, type PlannedResource, type Rule, type StackResource } from "./rule.ts";

/**
 * What the program asked for, by URN. At the end the engine hands a stack policy what the providers
 * answered, and that is nothing at all for Kubernetes while its cluster is yet to be made; the inputs
 * of this run are always there.
 */
type Ledger = Map<string, PlannedResource>;

function objectOf(value: unknown): PlannedObject {
  const planned = plannedOf(value);
  return isObject(planned) ? planned : {};
}

function resourceOf(args: ResourceValidationArgs): PlannedResource {
  return {
    urn: args.urn,
    type: args.type,
    name: args.name,
    props: objectOf(args.props),
    protect: args.opts.protect,
    ignoreChanges: args.opts.ignoreChanges,
    ...(args.provider === undefined ? {} : { provider: objectOf(args.provider.props) }),
  };
}

/** The engine's view of the stack, with the inputs of the ledger. */
function stackResources(resources: readonly PolicyResource[], ledger: Ledger): StackResource[] {
  const known = new Map<string, StackResource>();
  for (const { urn, props, propertyDependencies } of resources) {
    const planned = ledger.get(urn);
    if (planned === undefined) continue; // about to be deleted
    const relations = (property: string): StackResource[] =>
      (propertyDependencies[property] ?? [])
        .map((other) => known.get(other.urn))
        .filter((other) => other !== undefined);
    known.set(urn, { ...planned, relations, answered: () => objectOf(props) });
  }
  return [...known.values()];
}

function validateResource(rule: Rule, records: boolean, ledger: Ledger, today: Date) {
  return (args: ResourceValidationArgs, report: ReportViolation): void => {
    const earlier = records ? undefined : ledger.get(args.urn);
    const resource = earlier ?? resourceOf(args);
    ledger.set(args.urn, resource);
    for (const { message, urn } of evaluateResource(rule, resource, today)) report(message, urn);
  };
}

function validateStack(rule: Rule, ledger: Ledger, today: Date) {
  return (args: StackValidationArgs, report: ReportViolation): void => {
    const resources = stackResources(args.resources, ledger);
    const stack = stackOf(args.resources[0]?.urn ?? "");
    for (const { message, urn } of evaluateStack(rule, { stack, resources, today }))
      report(message, urn);
  };
}

/**
 * The rules as the engine's policies. The first one sees every resource and fills the ledger: the
 * engine asks the policies about one resource in their order, and about the stack when all are known.
 */
export function policiesOf(
  rules: readonly Rule[],
  today: Date,
): (ResourceValidationPolicy | StackValidationPolicy)[] {
  const ledger: Ledger = new Map();
  return rules.map((rule, index) => {
    const records = index === 0;
    const common = {
      name: rule.name,
      description: `${rule.id}: ${rule.description} (${rule.source})`,
      enforcementLevel: rule.level,
    };
    const resource =
      rule.resource === undefined && !records
        ? {}
        : { validateResource: validateResource(rule, records, ledger, today) };
    if (rule.stack === undefined) return { ...common, ...resource };
    return { ...common, ...resource, validateStack: validateStack(rule, ledger, today) };
  });
}
