import { NAMESPACE, WORKLOADS } from "./pods.ts";

/** Kinds that live outside all namespaces. */
export const CLUSTER_SCOPED = [
  NAMESPACE,
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
  "kubernetes:storage.k8s.io/v1:StorageClass",
  "kubernetes:scheduling.k8s.io/v1:PriorityClass",
];

/** Kinds that live in a namespace, and would fall into `default` without one. */
export const NAMESPACED = [
  ...WORKLOADS,
  "kubernetes:core/v1:ConfigMap",
  "kubernetes:core/v1:Secret",
  "kubernetes:core/v1:Service",
  "kubernetes:core/v1:ServiceAccount",
  "kubernetes:core/v1:PersistentVolumeClaim",
  "kubernetes:core/v1:ResourceQuota",
  "kubernetes:core/v1:LimitRange",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  "kubernetes:policy/v1:PodDisruptionBudget",
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  "kubernetes:rbac.authorization.k8s.io/v1:Role",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
];

/** Their pods are judged as all are, but nothing rolls them, or makes them anew on another node. */
const BARE = [
  "kubernetes:core/v1:Pod",
  "kubernetes:core/v1:ReplicationController",
  "kubernetes:apps/v1:ReplicaSet",
];

/** Every Kubernetes kind that a policy reads; all others are refused, whatever they hold. */
export const KUBERNETES_KINDS: ReadonlySet<string> = new Set(
  [...CLUSTER_SCOPED, ...NAMESPACED].filter((type) => !BARE.includes(type)),
);

/** Why a kind is on no list, and what is allowed in its place; the first that fits is said. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/:\w+Patch$/, "state the change in the resource that makes the object"],
  [/:\w+List$/, "make one resource an object"],
  [
    /^kubernetes:(helm\.sh|yaml|kustomize)\b|:CustomResource$/,
    "no policy reads what a chart, a file or a custom resource holds: write typed resources",
  ],
  [/:(Ingress|IngressClass|Gateway\w*|\w+Route)$/, "give the service a path in its manifest"],
  [
    /(AdminNetworkPolicy|projectcalico|cilium)/,
    "write flows as NetworkPolicy of networking.k8s.io/v1",
  ],
  [/:(Endpoints|EndpointSlice)$/, "let a Service find its pods by spec.selector"],
  [/:PersistentVolume$/, "claim a volume of an encrypted StorageClass"],
  [
    /Webhook|AdmissionPolicy|:APIService$/,
    "nothing may stand between the API server and its users",
  ],
  [/:(CSIDriver|CSINode|RuntimeClass)$/, "take drivers as EKS add-ons, and the nodes' own runtime"],
  [/v\d+(alpha|beta)\d+:/, "use the kind of the stable API version"],
];
const OTHERWISE = "add it to policies/lib/kinds.ts together with a policy that judges it";

/** Why a Kubernetes kind is refused; undefined: policies read it, or it is none. */
export function refusalOf(type: string): string | undefined {
  if (!type.startsWith("kubernetes:") || KUBERNETES_KINDS.has(type)) return undefined;
  if (BARE.includes(type))
    return `its kind must be one that is rolled and made anew, and ${type} is none: use a Deployment, StatefulSet, DaemonSet, Job or CronJob`;
  const [, instead] = INSTEAD.find(([pattern]) => pattern.test(type)) ?? [];
  return `its kind must be one that the policies read, and ${type} is none: ${instead ?? OTHERWISE}`;
}
