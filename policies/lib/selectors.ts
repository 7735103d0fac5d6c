import { at, isObject, textAt, type Planned, type PlannedObject } from "./planned.ts";
import { NAMESPACE } from "./pods.ts";
import type { StackResource } from "./rule.ts";

/** Whether labels match a selector's `matchLabels`; an empty selector matches all. */
export function selects(selector: Planned | undefined, labels: PlannedObject): boolean {
  if (!isObject(selector)) return false;
  const wanted = at(selector, "matchLabels") ?? {};
  if (!isObject(wanted) || at(selector, "matchExpressions") !== undefined) return false;
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

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
