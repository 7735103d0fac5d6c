import { NAMESPACES } from "../../services/contract/index.ts";
import { isObject, listAt, objectsAt, textAt, type PlannedObject } from "../lib/planned.ts";
import { isBuiltIn, judgeRole, judgeRules, podMakers } from "../lib/rights.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";
import { isTheClusters, namespaceOf } from "../lib/selectors.ts";

const PREFIX = "kubernetes:rbac.authorization.k8s.io/v1:";
const ROLES = [`${PREFIX}Role`, `${PREFIX}ClusterRole`];
const BINDINGS = [`${PREFIX}RoleBinding`, `${PREFIX}ClusterRoleBinding`];

function judgeBinding(props: PlannedObject): string[] {
  const role = textAt(props, "roleRef.name") ?? "";
  const subjects = objectsAt(props, "subjects");
  return unless(
    [!isBuiltIn(role), `roleRef.name must not be ${role}: write a role of what is needed`],
    [
      listAt(props, "subjects").length > 0 &&
        listAt(props, "subjects").every(isObject) &&
        subjects.every((subject) => textAt(subject, "kind") === "ServiceAccount"),
      "subjects must be ServiceAccounts: people come by access entries, and a group is everybody in it",
    ],
    [
      subjects.every(
        (subject) =>
          textAt(subject, "name") !== "default" && !isTheClusters(textAt(subject, "namespace")),
      ),
      "subjects must not be an account named `default`, nor one in a namespace of the cluster's",
    ],
  );
}

/** A role whose rules nobody has read could allow anything. */
function isRead(binding: StackResource, { resources }: PlannedStack): boolean {
  const name = textAt(binding.props, "roleRef.name");
  if (name === undefined)
    return binding.relations("roleRef").some(({ type }) => ROLES.includes(type));
  const kind = textAt(binding.props, "roleRef.kind") ?? "";
  return (
    isBuiltIn(name) || // refused already
    resources.some(
      ({ type, props }) => type === `${PREFIX}${kind}` && textAt(props, "metadata.name") === name,
    )
  );
}

function judgeInStack(stack: PlannedStack, resource: StackResource): Finding[] {
  if (BINDINGS.includes(resource.type))
    return found(
      resource,
      unless([
        isRead(resource, stack),
        "roleRef must be a role of this stack, whose rules the policies read",
      ]),
    );
  if (!ROLES.includes(resource.type)) return [];
  const makers = podMakers(resource.props);
  const inVpn = resource.type === `${PREFIX}Role` && namespaceOf(resource) === NAMESPACES.vpn;
  return found(
    resource,
    unless([
      makers.length === 0 || inVpn,
      `rules must not write ${makers.join(", ")} outside a Role of namespace ${NAMESPACES.vpn}: a pod reads every Secret of its namespace`,
    ]),
  );
}

export const rbac: Rule = {
  id: "K12",
  name: "k12-rbac",
  level: "mandatory",
  description:
    "Roles name what they allow, and allow no way to more: no built-in role, no wildcard, no secret, no token, no way into pods",
  source: "CIS 4.1.1/3",
  resource: {
    types: [...ROLES, ...BINDINGS],
    check: ({ type, props }) =>
      BINDINGS.includes(type) ? judgeBinding(props) : [...judgeRules(props), ...judgeRole(props)],
  },
  stack: (stack) => stack.resources.flatMap((resource) => judgeInStack(stack, resource)),
};
