import type { Change, Mutant } from "./mutant.ts";
import { deployment, namespace, of, service } from "./places.ts";

const POD = "spec > template > spec";
const CONTAINER = `${POD} > containers > 0`;
const RELEASE = of("kubernetes:helm.sh/v3:Release")("unseen");
const restricted = (name: string): Readonly<Record<string, Change>> => ({
  metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
});

const primary = (name: string) => ({ type: "aws:rds/instance:Instance", name });

/** Faults in namespaces, pods, and what stands around them. */
export const PODS: readonly Mutant[] = [
  {
    policy: "k01-namespace-security",
    of: namespace("securevpn"),
    change: { "metadata > labels > pod-security.kubernetes.io/enforce": "baseline" },
    says: /must be "restricted"; only namespace securevpn-vpn may be "privileged"/,
  },
  {
    policy: "k01-namespace-security",
    of: RELEASE,
    added: "kubernetes",
    change: { chart: "anything", namespace: "securevpn" },
    says: /its kind must be one that the policies read/,
    also: [
      { policy: "c01-budget", at: RELEASE, says: /Release unseen must have a price/ },
      {
        policy: "o01-known-types",
        at: RELEASE,
        says: /Release must be a type that policies judge/,
      },
    ],
  },
  {
    policy: "k02-container-security",
    of: deployment("auth"),
    change: { [`${CONTAINER} > securityContext > allowPrivilegeEscalation`]: true },
    says: /container \S+: securityContext\.allowPrivilegeEscalation must be false/,
  },
  {
    policy: "k03-host-access",
    of: deployment("auth"),
    change: { [`${POD} > hostPID`]: true },
    says: /hostPID must be off/,
  },
  {
    policy: "k03-host-access",
    of: deployment("selector"),
    change: { [`${POD} > volumes > 0`]: { name: "node", hostPath: { path: "/" } } },
    says: /volumes must not be hostPath: node/,
  },
  {
    policy: "k04-vpn-server",
    of: deployment("vpn-servers"),
    change: {
      [`${POD} > containers > name=data-plane > securityContext > capabilities > add`]: [
        "NET_ADMIN",
        "SYS_ADMIN",
      ],
    },
    says: /must drop ALL and add exactly NET_ADMIN/,
  },
  {
    policy: "k02-container-security",
    of: deployment("vpn-servers"),
    change: {
      [`${POD} > containers > name=resolver > securityContext > capabilities > add`]: [
        "NET_BIND_SERVICE",
      ],
    },
    says: /container resolver: securityContext\.capabilities must drop "ALL" and add none/,
  },
  {
    policy: "k05-image-digest",
    of: deployment("auth"),
    change: { [`${CONTAINER} > image`]: "node:24" },
    says: /image must end with @sha256: and 64 hex digits; it is node:24/,
    also: [
      {
        policy: "k05-image-digest",
        at: deployment("auth"),
        says: /image must not come from Docker Hub, .*: node:24/,
      },
    ],
  },
  {
    policy: "k05-image-digest",
    of: of("kubernetes:apps/v1:StatefulSet")("prometheus-0"),
    change: { [`${CONTAINER} > image`]: "quay.io/prometheus/prometheus:latest" },
    says: /image must end with @sha256: and 64 hex digits; it is quay/,
  },
  {
    policy: "k05-image-digest",
    of: of("kubernetes:apps/v1:StatefulSet")("grafana"),
    change: { [`${CONTAINER} > image`]: `grafana/grafana:12.1.1@sha256:${"a".repeat(64)}` },
    says: /image must not come from Docker Hub/,
  },
  {
    policy: "k02-container-security",
    of: of("kubernetes:batch/v1:CronJob")("auth-maintenance"),
    change: {
      [`spec > jobTemplate > ${CONTAINER} > securityContext > readOnlyRootFilesystem`]: false,
    },
    says: /securityContext\.readOnlyRootFilesystem must be true/,
  },
  {
    policy: "k06-resources",
    of: deployment("selector"),
    change: { [`${CONTAINER} > resources > limits`]: undefined },
    says: /resources\.limits\.memory must be stated/,
  },
  {
    policy: "k07-probes",
    of: deployment("selector"),
    change: { [`${CONTAINER} > livenessProbe > httpGet > path`]: "/readyz/databases" },
    says: /livenessProbe must ask no dependency/,
  },
  {
    policy: "k08-availability",
    of: of("kubernetes:policy/v1:PodDisruptionBudget")("auth"),
    change: { "spec > maxUnavailable": 0 },
    at: deployment("auth"),
    says: /a PodDisruptionBudget must select its pods and allow one to leave/,
  },
  {
    policy: "k08-availability",
    of: deployment("selector"),
    change: { [`${POD} > topologySpreadConstraints`]: [] },
    says: /its pods must be spread over topology\.kubernetes\.io\/zone/,
  },
  {
    policy: "k09-draining",
    of: deployment("auth"),
    change: { [`${POD} > terminationGracePeriodSeconds`]: 20 },
    says: /terminationGracePeriodSeconds must be at least \d+/,
  },
  {
    policy: "k10-default-deny",
    of: namespace("undefended"),
    added: "kubernetes",
    change: restricted("undefended"),
    says: /must have a NetworkPolicy that selects every pod and allows nothing/,
  },
  {
    policy: "k11-token-automount",
    of: of("kubernetes:core/v1:ServiceAccount")("auth"),
    change: { automountServiceAccountToken: true },
    says: /automountServiceAccountToken must be false/,
  },
  {
    policy: "k12-rbac",
    of: of("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")("token-review"),
    change: { "rules > 0 > verbs": ["*"] },
    says: /rules must name groups, resources and verbs, not "\*"/,
  },
  {
    policy: "k13-secrets-as-files",
    of: deployment("auth"),
    change: { [`${CONTAINER} > env > 0`]: { name: "DATABASE_PASSWORD", value: "not-a-secret" } },
    says: /env must hold no secret: DATABASE_PASSWORD/,
  },
  {
    policy: "k14-service-exposure",
    of: service("auth-internal"),
    change: { "spec > type": "LoadBalancer" },
    says: /spec\.type must be ClusterIP or NodePort/,
  },
  {
    policy: "a30-connections",
    of: of("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")("auth"),
    change: { "spec > maxReplicas": 1000 },
    at: primary("shard-0"),
    says: /must stay within max_connections less 15/,
    also: ["shard-1", "shard-0-replica-0", "shard-1-replica-0"].map((name) => ({
      policy: "a30-connections",
      at: primary(name),
      says: /must stay within max_connections less 15/,
    })),
  },
];
