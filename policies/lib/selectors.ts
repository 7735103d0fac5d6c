import { at, isObject, listAt, textAt, type Planned, type PlannedObject } from "./planned.ts";
import { NAMESPACE } from "./pods.ts";
import type { PlannedResource, StackResource } from "./rule.ts";

/** Whether labels fit one item of a selector's `matchExpressions`. */
function fits(expression: Planned, labels: PlannedObject): boolean {
  const label = labels[textAt(expression, "key") ?? ""];
  const among = label !== undefined && listAt(expression, "values").includes(label);
  const operator = textAt(expression, "operator");
  if (operator === "In") return among;
  if (operator === "NotIn") return !among;
  if (operator === "Exists") return label !== undefined;
  return operator === "DoesNotExist" && label === undefined;
}

/** Whether labels match a selector; an empty one matches all. */
export function selects(selector: Planned | undefined, labels: PlannedObject): boolean {
  if (!isObject(selector)) return false;
  const wanted = at(selector, "matchLabels") ?? {};
  const expressions = at(selector, "matchExpressions") ?? [];
  if (!isObject(wanted) || !Array.isArray(expressions)) return false;
  return (
    Object.entries(wanted).every(([key, value]) => labels[key] === value) &&
    listAt(selector, "matchExpressions").every((expression) => fits(expression, labels))
  );
}

/** Whether a Service sends to pods with these labels; one without a selector sends to none. */
export function sendsTo({ props }: PlannedResource, labels: PlannedObject): boolean {
  const selector = at(props, "spec.selector");
  return (
    isObject(selector) &&
    Object.keys(selector).length > 0 &&
    Object.entries(selector).every(([key, value]) => labels[key] === value)
  );
}

/** Namespaces of Kubernetes and EKS themselves, where no default deny and no quota of ours stands. */
export const isTheClusters = (name: Planned | undefined): boolean =>
  typeof name === "string" && (name === "default" || /^(kube|eks|amazon)-/.test(name));

/**
 * Name of the namespace that an object lies in. In a first preview the program knows no namespace's
 * name but by relation, for it is an output of the namespace.
 */
export function namespaceOf(resource: StackResource): string | undefined {
  const stated = textAt(resource.props, "metadata.namespace");
  if (stated !== undefined) return stated;
  const [namespace] = resource.relations("metadata").filter(({ type }) => type === NAMESPACE);
  return textAt(namespace?.props, "metadata.name");
}
