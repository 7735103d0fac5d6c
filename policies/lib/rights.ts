import { at, isObject, listAt, objectsAt, textAt, UNKNOWN, type PlannedObject } from "./planned.ts";
import { unless } from "./rule.ts";

/** Resources by which a subject acts as a pod, or as its node. */
const INTO_PODS = [
  "pods/exec",
  "pods/attach",
  "pods/portforward",
  "pods/ephemeralcontainers",
  "pods/proxy",
  "services/proxy",
  "nodes/proxy",
];
/** Verbs by which a subject gives itself more; constrained impersonation has verbs of its own. */
const CLIMBING = ["escalate", "bind", "impersonate", "approve", "sign"];
/** Resources that make credentials. */
const CREDENTIALS = [
  "serviceaccounts/token",
  "certificatesigningrequests",
  "certificatesigningrequests/approval",
  "certificatesigningrequests/status",
  "signers",
];
/** What decides over others: whoever writes it decides. */
const GUARDED = [
  "roles",
  "rolebindings",
  "clusterroles",
  "clusterrolebindings",
  "serviceaccounts",
  "namespaces",
  "networkpolicies",
  "services",
  "endpoints",
  "endpointslices",
  "resourcequotas",
  "limitranges",
  "validatingwebhookconfigurations",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
  "apiservices",
  "customresourcedefinitions",
  "persistentvolumes",
  "storageclasses",
  "csidrivers",
  "runtimeclasses",
  "priorityclasses",
];
/** What makes pods, and so may mount every Secret and account of the namespace. */
const POD_MAKERS = [
  "pods",
  "podtemplates",
  "replicationcontrollers",
  "deployments",
  "statefulsets",
  "daemonsets",
  "replicasets",
  "jobs",
  "cronjobs",
];
const WRITES = ["create", "update", "patch", "delete", "deletecollection"];
/** Addresses of the API server that tell nothing but that it lives. */
const PUBLIC_PATHS = ["/livez", "/readyz", "/healthz", "/version", "/metrics"];

const texts = (rule: PlannedObject, key: string): string[] =>
  listAt(rule, key).filter((item) => typeof item === "string");

/** Resources of a list that some rule lets a subject write. */
function written(rules: readonly PlannedObject[], guarded: readonly string[]): string[] {
  const open = rules.filter((rule) => texts(rule, "verbs").some((verb) => WRITES.includes(verb)));
  const resources = new Set(open.flatMap((rule) => texts(rule, "resources")));
  return guarded.filter((resource) => resources.has(resource));
}

/** Resources that make pods, which some rule of a role lets a subject write. */
export const podMakers = (props: PlannedObject): string[] =>
  written(objectsAt(props, "rules"), POD_MAKERS);

function areKnown(props: PlannedObject): boolean {
  const rules = objectsAt(props, "rules");
  return (
    at(props, "rules") !== UNKNOWN &&
    listAt(props, "rules").every(isObject) &&
    rules.every((rule) =>
      ["apiGroups", "resources", "verbs", "nonResourceURLs", "resourceNames"].every(
        (key) => at(rule, key) !== UNKNOWN && !listAt(rule, key).includes(UNKNOWN),
      ),
    )
  );
}

/** What must be true of the rules of a Role or ClusterRole. */
export function judgeRules(props: PlannedObject): string[] {
  const rules = objectsAt(props, "rules");
  const all = (key: string): string[] => rules.flatMap((rule) => texts(rule, key));
  const [resources, verbs, paths] = [all("resources"), all("verbs"), all("nonResourceURLs")];
  const guarded = written(rules, GUARDED);
  return unless(
    [areKnown(props), "rules must be known in preview"],
    [
      ![...all("apiGroups"), ...resources, ...verbs, ...paths].some((item) => item.includes("*")),
      'rules must name groups, resources and verbs, not "*"',
    ],
    [
      !resources.some((item) => INTO_PODS.includes(item)),
      `rules must not allow ${INTO_PODS.join(", ")}`,
    ],
    [
      !verbs.some((verb) => CLIMBING.includes(verb.split(":")[0] ?? "")),
      `rules must not allow ${CLIMBING.join(", ")}`,
    ],
    [
      !resources.some((item) => CREDENTIALS.includes(item)),
      `rules must make no credentials: ${CREDENTIALS.join(", ")}`,
    ],
    [
      !resources.includes("secrets"),
      "rules must not allow secrets: mount as a file the one that is needed",
    ],
    [guarded.length === 0, `rules must not write what decides over others: ${guarded.join(", ")}`],
    [
      paths.every((path) => PUBLIC_PATHS.includes(path) || path.includes("*")),
      `nonResourceURLs must be of ${PUBLIC_PATHS.join(", ")}`,
    ],
  );
}

/** Built-in roles that are worth a cluster, or a namespace with all its secrets. */
const TOO_WIDE = ["cluster-admin", "admin", "edit", "view"];

/** Roles that Kubernetes and EKS bring and rewrite. */
export const isBuiltIn = (role: string): boolean =>
  TOO_WIDE.includes(role) || /^(system|eks):/.test(role);

const AGGREGATES = "rbac.authorization.k8s.io/aggregate-to-";

/** Ways in which a role gets rules that it does not state, or gives its own to another. */
export function judgeRole(props: PlannedObject): string[] {
  const labels = at(props, "metadata.labels");
  const name = textAt(props, "metadata.name") ?? "";
  return unless(
    [
      at(props, "aggregationRule") === undefined || at(props, "aggregationRule") === null,
      "aggregationRule must be left out: it takes in rules that nobody has read",
    ],
    [
      labels !== UNKNOWN &&
        (!isObject(labels) || !Object.keys(labels).some((label) => label.startsWith(AGGREGATES))),
      `metadata.labels must not add its rules to another role (${AGGREGATES}*)`,
    ],
    [!isBuiltIn(name), `metadata.name must not be that of a built-in role: ${name}`],
  );
}
