import { at, isObject, listAt, textAt } from "../lib/planned.ts";
import { NAMESPACE, podOf } from "../lib/pods.ts";
import { found, unless, type PlannedStack, type Rule, type StackResource } from "../lib/rule.ts";
import { namespaceOf } from "../lib/selectors.ts";

const NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

/** Selects every pod of its namespace, names both directions, and allows nothing. */
function deniesAll({ props }: StackResource): boolean {
  const selector = at(props, "spec.podSelector");
  const types = listAt(props, "spec.policyTypes");
  return (
    isObject(selector) &&
    Object.keys(selector).length === 0 &&
    types.includes("Ingress") &&
    types.includes("Egress") &&
    listAt(props, "spec.ingress").length === 0 &&
    listAt(props, "spec.egress").length === 0
  );
}

function deniedNamespaces({ resources }: PlannedStack): Set<string | undefined> {
  return new Set(
    resources
      .filter(({ type }) => type === NETWORK_POLICY)
      .filter(deniesAll)
      .map(namespaceOf),
  );
}

export const defaultDeny: Rule = {
  id: "K10",
  name: "k10-default-deny",
  level: "mandatory",
  description:
    "Every namespace denies all traffic that no policy allows, and every pod is in one that does",
  source: "CIS 4.3.2, C-0030",
  stack: (stack) => {
    const denied = deniedNamespaces(stack);
    return stack.resources.flatMap((resource) => {
      if (resource.type === NAMESPACE) {
        return found(
          resource,
          unless([
            denied.has(textAt(resource.props, "metadata.name") ?? "?"),
            "the namespace must have a NetworkPolicy that selects every pod and allows nothing",
          ]),
        );
      }
      if (podOf(resource) === undefined) return [];
      return found(
        resource,
        unless([
          namespaceOf(resource) !== undefined && denied.has(namespaceOf(resource)),
          "its pods must lie in a namespace of this stack with a default deny",
        ]),
      );
    });
  },
};
