import { UNKNOWN, type Planned, type PlannedObject } from "../../../policies/lib/planned.ts";
import type { Violation } from "../cases.ts";
import type { Fixture } from "../support.ts";

/** Objects as the program asks for them: a namespace's name is known by relation only. */
export const object = (
  type: string,
  name: string,
  namespace: string,
  props: PlannedObject,
  from: Fixture["from"] = {},
): Fixture => ({
  type: `kubernetes:${type}`,
  name,
  props: { metadata: { name, namespace: UNKNOWN }, ...props },
  from: { metadata: [namespace], ...from },
});

export const namespace = (name: string, level: string): Fixture => ({
  type: "kubernetes:core/v1:Namespace",
  name,
  props: { metadata: { name, labels: { "pod-security.kubernetes.io/enforce": level } } },
});
export const PLATFORM = namespace("securevpn", "restricted");
export const VPN = namespace("securevpn-vpn", "privileged");

const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 65534,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
const IMAGE = `public.ecr.aws/docker/library/node:24@sha256:${"a".repeat(64)}`;
const RESOURCES = { requests: { cpu: "100m", memory: "160Mi" }, limits: { memory: "512Mi" } };
const ask = (path: string): PlannedObject => ({ httpGet: { path, port: 9090 } });

const SERVING = {
  name: "auth",
  image: IMAGE,
  securityContext: RESTRICTED,
  resources: RESOURCES,
  ports: [{ name: "http", containerPort: 8080 }],
  env: [
    { name: "SECRETS_DIR", value: "/etc/securevpn/secrets" },
    { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
  ],
  readinessProbe: ask("/readyz"),
  livenessProbe: ask("/livez"),
  lifecycle: { preStop: { sleep: { seconds: 15 } } },
};
const MIGRATE = {
  name: "migrate",
  image: IMAGE,
  securityContext: RESTRICTED,
  resources: RESOURCES,
};

const selectorOf = (name: string): PlannedObject => ({ matchLabels: { app: name } });

const spreadOf = (name: string): PlannedObject => ({
  maxSkew: 1,
  topologyKey: "topology.kubernetes.io/zone",
  labelSelector: selectorOf(name),
});

/** A service's Deployment that keeps every rule. */
export const AUTH: Fixture = object("apps/v1:Deployment", "auth", "securevpn", {
  spec: {
    replicas: 3,
    selector: selectorOf("auth"),
    template: {
      metadata: { labels: { app: "auth" } },
      spec: {
        serviceAccountName: UNKNOWN,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 40,
        topologySpreadConstraints: [spreadOf("auth")],
        initContainers: [MIGRATE],
        containers: [SERVING],
        volumes: [{ name: "run", emptyDir: {} }],
      },
    },
  },
});
/** Path of the pod's spec in a Deployment, and of its containers. */
export const POD = "spec.template.spec";
export const CONTAINER = `${POD}.containers.0`;
export const INIT = `${POD}.initContainers.0`;

export const VPN_SERVER: Fixture = {
  ...object("apps/v1:Deployment", "vpn-server", "securevpn-vpn", {
    spec: {
      replicas: 6,
      selector: selectorOf("vpn-server"),
      template: {
        metadata: { labels: { app: "vpn-server" } },
        spec: {
          automountServiceAccountToken: false,
          hostNetwork: true,
          topologySpreadConstraints: [spreadOf("vpn-server")],
          containers: [
            {
              ...SERVING,
              name: "agent",
              ports: [{ containerPort: 51820, hostPort: 51820, protocol: "UDP" }],
            },
            {
              name: "data-plane",
              image: IMAGE,
              resources: RESOURCES,
              securityContext: {
                runAsUser: 0,
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] },
                seccompProfile: { type: "RuntimeDefault" },
              },
            },
          ],
        },
      },
    },
  }),
  ignoreChanges: ["spec.replicas"],
};
export const DATA_PLANE = `${POD}.containers.1.securityContext`;

/** The same workload by another kind. */
export const asKind = (fixture: Fixture, type: string, name: string): Fixture => ({
  ...fixture,
  type: `kubernetes:${type}`,
  name,
});

const budget = (workload: string, place: string): Fixture =>
  object("policy/v1:PodDisruptionBudget", `${workload}-budget`, place, {
    spec: { maxUnavailable: 1, selector: selectorOf(workload) },
  });
export const AUTH_BUDGET = budget("auth", "securevpn");
export const VPN_BUDGET = budget("vpn-server", "securevpn-vpn");

export const autoscaler = (minReplicas: number): Fixture =>
  object("autoscaling/v2:HorizontalPodAutoscaler", "auth-autoscaler", "securevpn", {
    spec: { minReplicas, maxReplicas: 9, scaleTargetRef: { kind: "Deployment", name: "auth" } },
  });

export const AUTH_SERVICE: Fixture = {
  ...object("core/v1:Service", "auth-service", "securevpn", {
    spec: { type: "NodePort", selector: { app: "auth" }, ports: [{ port: 8080, nodePort: 30080 }] },
  }),
  props: {
    metadata: { name: "auth", namespace: UNKNOWN },
    spec: { type: "NodePort", selector: { app: "auth" }, ports: [{ port: 8080, nodePort: 30080 }] },
  },
};
export const INTERNAL_SERVICE: Fixture = object("core/v1:Service", "auth-internal", "securevpn", {
  spec: { type: "ClusterIP", selector: { app: "auth" }, ports: [{ port: 9090 }] },
});
export const TARGET_GROUP: Fixture = {
  type: "aws:lb/targetGroup:TargetGroup",
  name: "entry-auth",
  props: { port: 30080, deregistrationDelay: 20 },
};

export const deny = (place: string): Fixture =>
  object("networking.k8s.io/v1:NetworkPolicy", `${place}-default-deny`, place, {
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  });

export const ACCOUNT: Fixture = object("core/v1:ServiceAccount", "auth-account", "securevpn", {
  automountServiceAccountToken: false,
});

const rbac = (
  kind: string,
  name: string,
  props: PlannedObject,
  from: Fixture["from"],
): Fixture => ({
  type: `kubernetes:rbac.authorization.k8s.io/v1:${kind}`,
  name,
  props: { metadata: { name }, ...props },
  ...(from === undefined ? {} : { from }),
});
export const ROLE: Fixture = rbac(
  "ClusterRole",
  "token-review",
  { rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }] },
  undefined,
);
export const BINDING: Fixture = rbac(
  "ClusterRoleBinding",
  "token-review-binding",
  { roleRef: { kind: "ClusterRole", name: UNKNOWN }, subjects: [{ kind: "ServiceAccount" }] },
  { roleRef: ["token-review"] },
);

export const PASSWORD: Fixture = {
  type: "random:index/randomPassword:RandomPassword",
  name: "secrets-cache",
  props: { length: 40 },
};
export const provider = (environment: string): Fixture => ({
  type: "pulumi:providers:aws",
  name: "aws",
  props: { defaultTags: JSON.stringify({ tags: { environment } }) },
});

/** Ways in which no rule can read a pod. */
export const UNREADABLE: readonly Violation[] = [
  {
    title: "containers that preview does not know",
    change: { [`${POD}.containers`]: UNKNOWN },
    says: /must be known in preview/,
  },
  {
    title: "init containers that preview does not know",
    change: { [`${POD}.initContainers`]: UNKNOWN },
    says: /must be known in preview/,
  },
];
/** Pods that keep every rule, in their namespaces. */
export const PODS = [AUTH, VPN_SERVER, PLATFORM, VPN];

/** Values to break a field with, each with how a title shows it. */
export const values = (...all: readonly Planned[]): { value: Planned; shown: string }[] =>
  all.map((value) => ({ value, shown: value === UNKNOWN ? "unknown" : JSON.stringify(value) }));
