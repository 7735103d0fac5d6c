import type { Change, Mutant, Place } from "./mutant.ts";
import { deployment, namespace, of } from "./places.ts";

const POD = "spec > template > spec";
const CONTAINER = `${POD} > containers > 0`;
const statefulSet = of("kubernetes:apps/v1:StatefulSet");
const networkPolicy = of("kubernetes:networking.k8s.io/v1:NetworkPolicy");
const clusterRole = of("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole");

/** An object of a kind that no policy reads; it has no price either. */
const unread = (place: Place, change: Readonly<Record<string, Change>>, says: RegExp): Mutant => ({
  policy: "k01-namespace-security",
  of: place,
  added: "kubernetes",
  change,
  says,
  also: [
    { policy: "c01-budget", at: place, says: /must have a price/ },
    { policy: "o01-known-types", at: place, says: /must be a type that policies judge/ },
  ],
});

/** Unsafe effects by another setting, another kind or another spelling than the usual one. */
export const POD_EFFECTS: readonly Mutant[] = [
  unread(
    of("kubernetes:core/v1:NamespacePatch")("loosened"),
    {
      metadata: {
        name: "securevpn",
        labels: { "pod-security.kubernetes.io/enforce": "privileged" },
      },
    },
    /NamespacePatch is none: state the change in the resource that makes the object/,
  ),
  unread(
    of("kubernetes:discovery.k8s.io/v1:EndpointSlice")("metadata"),
    {
      metadata: { name: "metadata", namespace: "securevpn" },
      addressType: "IPv4",
      endpoints: [{ addresses: ["169.254.169.254"] }],
      ports: [{ port: 80 }],
    },
    /EndpointSlice is none: let a Service find its pods by spec\.selector/,
  ),
  unread(
    of("kubernetes:core/v1:PersistentVolume")("node"),
    {
      metadata: { name: "node" },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        hostPath: { path: "/" },
      },
    },
    /PersistentVolume is none: claim a volume of an encrypted StorageClass/,
  ),
  {
    policy: "k01-namespace-security",
    of: namespace("securevpn-monitoring"),
    change: { "metadata > labels > pod-security.kubernetes.io/enforce-version": "v1.25" },
    says: /enforce-version must be latest or v1\.\d+, or absent/,
  },
  {
    policy: "k02-container-security",
    of: deployment("selector"),
    change: { [`${CONTAINER} > securityContext > seccompProfile`]: { type: "Unconfined" } },
    says: /container selector: securityContext\.seccompProfile\.type must be "RuntimeDefault"/,
  },
  {
    policy: "k03-host-access",
    of: deployment("auth"),
    change: { [`${CONTAINER} > securityContext > procMount`]: "Unmasked" },
    says: /procMount must be left out: container auth/,
  },
  {
    policy: "k03-host-access",
    of: deployment("vpn-servers"),
    change: { [`${POD} > shareProcessNamespace`]: true },
    says: /shareProcessNamespace must be off/,
  },
  {
    policy: "k04-vpn-server",
    of: deployment("vpn-servers"),
    change: { [`${POD} > volumes > name=wireguard > emptyDir`]: {} },
    says: /must be an emptyDir of medium Memory: keys never reach a disk/,
  },
  {
    policy: "k05-image-digest",
    of: statefulSet("alertmanager"),
    change: {
      [`${POD} > volumes > 2`]: { name: "rules", image: { reference: "registry.k8s.io/rules:1" } },
    },
    says: /volume rules: image must end with @sha256: and 64 hex digits; it is registry\.k8s\.io/,
  },
  {
    policy: "k11-token-automount",
    of: of("kubernetes:core/v1:Secret")("auth-secrets"),
    change: { type: "kubernetes.io/service-account-token" },
    says: /type must not be kubernetes\.io\/service-account-token/,
  },
  {
    policy: "k11-token-automount",
    of: of("kubernetes:core/v1:ServiceAccount")("grafana"),
    change: {
      "metadata > annotations": {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::000000000000:role/securevpn-deployer",
      },
    },
    says: /annotations must not name an IAM role .*: make a PodIdentityAssociation/,
  },
  {
    policy: "k11-token-automount",
    of: statefulSet("redis-exporter"),
    change: {
      [`${POD} > volumes > 1`]: {
        name: "api",
        projected: { sources: [{ serviceAccountToken: { path: "token" } }] },
      },
    },
    says: /volume api: a token must be one that the manifest asks for: it is for the Kubernetes API/,
  },
  {
    policy: "k12-rbac",
    of: clusterRole("prometheus"),
    change: { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { any: "true" } }] } },
    says: /aggregationRule must be left out/,
  },
  {
    policy: "k12-rbac",
    of: clusterRole("token-review"),
    change: {
      "rules > 1": { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] },
    },
    says: /rules must make no credentials: serviceaccounts\/token/,
  },
  {
    policy: "k12-rbac",
    of: of("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding")("token-review"),
    change: {
      subjects: [
        { kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "system:authenticated" },
      ],
    },
    says: /subjects must be ServiceAccounts/,
  },
  {
    policy: "k12-rbac",
    of: of("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")("cluster-autoscaler"),
    change: {
      "roleRef > kind": "ClusterRole",
      "roleRef > name": "system:controller:job-controller",
    },
    says: /roleRef\.name must not be system:controller:job-controller/,
  },
  {
    policy: "k15-network-flows",
    of: networkPolicy("grafana"),
    change: { "spec > ingress": [{}] },
    says: /spec\.ingress\.0\.from must name pods by/,
    also: [
      {
        policy: "k15-network-flows",
        at: networkPolicy("grafana"),
        says: /spec\.ingress\.0\.ports must name its ports/,
      },
    ],
  },
  {
    policy: "k15-network-flows",
    of: networkPolicy("auth"),
    change: {
      "spec > egress > 1 > to": [
        { ipBlock: { cidr: "0.0.0.0/1" } },
        { ipBlock: { cidr: "128.0.0.0/1" } },
      ],
    },
    says: /spec\.egress\.1\.to must name whom it calls/,
  },
  {
    policy: "k15-network-flows",
    of: statefulSet("redis-exporter"),
    change: {
      "spec > template > metadata > labels > app.kubernetes.io/name": "prometheus",
      [`${POD} > nodeName`]: "ip-10-16-128-7",
    },
    says: /label app\.kubernetes\.io\/name of its pods must be its own name/,
    also: [
      {
        policy: "k17-endpoint-nodes",
        at: statefulSet("redis-exporter"),
        says: /nodeName must be left out/,
      },
    ],
  },
  {
    policy: "k15-network-flows",
    of: deployment("selector"),
    change: { [`${POD} > hostAliases`]: [{ ip: "203.0.113.1", hostnames: ["auth"] }] },
    says: /hostAliases must be empty/,
  },
];
