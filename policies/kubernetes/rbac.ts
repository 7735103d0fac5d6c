import { listAt, objectsAt, textAt, UNKNOWN, at } from "../lib/planned.ts";
import { found, unless, type Rule } from "../lib/rule.ts";

const PREFIX = "kubernetes:rbac.authorization.k8s.io/v1:";
const ROLES = [`${PREFIX}Role`, `${PREFIX}ClusterRole`];
const BINDINGS = [`${PREFIX}RoleBinding`, `${PREFIX}ClusterRoleBinding`];
/** Built-in roles that are worth a cluster, or a namespace with all its secrets. */
const TOO_WIDE = ["cluster-admin", "admin", "edit"];
const INTO_PODS = [
  "pods/exec",
  "pods/attach",
  "pods/portforward",
  "pods/ephemeralcontainers",
  "nodes/proxy",
];
/** Verbs by which a subject gives itself more. */
const CLIMBING = ["escalate", "bind", "impersonate"];

export const rbac: Rule = {
  id: "K12",
  name: "k12-rbac",
  level: "mandatory",
  description: "Roles name what they allow: no cluster-admin, no wildcard, no way into pods",
  source: "CIS 4.1.1/3",
  resource: {
    types: [...ROLES, ...BINDINGS],
    check: ({ type, props }) => {
      if (BINDINGS.includes(type)) {
        const role = textAt(props, "roleRef.name") ?? "";
        return unless([!TOO_WIDE.includes(role), `roleRef.name must not be ${role}`]);
      }
      const rules = objectsAt(props, "rules");
      const lists = rules.flatMap((rule) =>
        ["apiGroups", "resources", "verbs", "nonResourceURLs"].map(
          (key) => [at(rule, key), listAt(rule, key)] as const,
        ),
      );
      const all = lists.flatMap(([, items]) => items);
      return unless(
        [
          at(props, "rules") !== UNKNOWN &&
            rules.length === listAt(props, "rules").length &&
            lists.every(([value]) => value !== UNKNOWN) &&
            !all.includes(UNKNOWN),
          "rules must be known in preview",
        ],
        [!all.includes("*"), 'rules must name groups, resources and verbs, not "*"'],
        [
          !all.some((item) => typeof item === "string" && INTO_PODS.includes(item)),
          `rules must not allow ${INTO_PODS.join(", ")}`,
        ],
        [
          !all.some((item) => typeof item === "string" && CLIMBING.includes(item)),
          `rules must not allow ${CLIMBING.join(", ")}`,
        ],
      );
    },
  },
  // A role that is not known by name in preview must be one of this stack: its own rules are judged.
  stack: ({ resources }) =>
    resources
      .filter(
        ({ type, props }) => BINDINGS.includes(type) && textAt(props, "roleRef.name") === undefined,
      )
      .flatMap((binding) =>
        found(
          binding,
          unless([
            binding.relations("roleRef").some(({ type }) => ROLES.includes(type)),
            "roleRef must be a role of this stack, or known by name in preview",
          ]),
        ),
      ),
};
