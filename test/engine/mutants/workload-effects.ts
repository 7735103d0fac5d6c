import type { Mutant } from "./mutant.ts";
import { deployment, endpointNodes, of, service } from "./places.ts";

const POD = "spec > template > spec";
const CONTAINER = `${POD} > containers > 0`;
const statefulSet = of("kubernetes:apps/v1:StatefulSet");
const claim = of("kubernetes:core/v1:PersistentVolumeClaim");
const configMap = of("kubernetes:core/v1:ConfigMap");
const autoscaler = of("kubernetes:autoscaling/v2:HorizontalPodAutoscaler");

/** Faults in how workloads end and where they run, in volumes and in what is written where. */
export const WORKLOAD_EFFECTS: readonly Mutant[] = [
  {
    policy: "k07-probes",
    of: deployment("auth"),
    change: { [`${CONTAINER} > startupProbe > httpGet > host`]: "169.254.169.254" },
    says: /container auth: probes and hooks must name no host/,
  },
  {
    policy: "k08-availability",
    of: of("kubernetes:policy/v1:PodDisruptionBudget")("selector"),
    change: { "spec > maxUnavailable": "34%" },
    at: deployment("selector"),
    says: /a PodDisruptionBudget must select its pods and allow one to leave/,
  },
  {
    policy: "k08-availability",
    of: deployment("cluster-autoscaler"),
    change: { "spec > strategy": { type: "Recreate" } },
    says: /spec\.strategy must be RollingUpdate with a maxUnavailable of at most one pod/,
  },
  {
    policy: "k08-availability",
    of: autoscaler("vpn"),
    added: "kubernetes",
    change: {
      metadata: { name: "vpn", namespace: "securevpn-vpn" },
      spec: {
        minReplicas: 15,
        maxReplicas: 30,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "vpn-server" },
      },
    },
    says: /spec\.scaleTargetRef must not be vpn-server/,
  },
  {
    policy: "k09-draining",
    of: deployment("auth"),
    change: {
      [`${CONTAINER} > lifecycle > preStop`]: { exec: { command: ["sh", "-c", "sleep 15 &"] } },
    },
    says: /lifecycle\.preStop must wait at least 15 s/,
  },
  {
    policy: "k13-secrets-as-files",
    of: deployment("selector"),
    change: { [`${CONTAINER} > args`]: ["--cache-password=hunter2"] },
    says: /container selector: command and args must hold no secret: word \d+; mount it as a file/,
  },
  {
    policy: "k13-secrets-as-files",
    of: configMap("grafana"),
    change: { "data > smtp": "smtp_auth_password: hunter2" },
    says: /data must hold no secret: smtp; write it to a Secret/,
  },
  {
    policy: "k13-secrets-as-files",
    of: configMap("alertmanager"),
    change: {
      "data > password": (find) =>
        find(of("random:index/randomPassword:RandomPassword")("secrets-cache"), "result"),
    },
    says: /data must not carry the value of secrets-cache; mount it as a file/,
  },
  {
    policy: "k13-secrets-as-files",
    of: of("kubernetes:core/v1:ServiceAccount")("grafana"),
    change: { "metadata > annotations": { "example.com/api-key": "not-a-secret" } },
    says: /metadata\.annotations must hold no secret: example\.com\/api-key/,
  },
  {
    policy: "k14-service-exposure",
    of: service("selector"),
    change: { "spec > ports > 0 > targetPort": "internal" },
    says: /spec\.ports of a NodePort must lead to the public port 8080/,
  },
  {
    policy: "k14-service-exposure",
    of: service("prometheus"),
    change: { "spec > selector": undefined },
    says: /spec\.selector must be known/,
  },
  {
    policy: "k16-storage",
    of: of("kubernetes:storage.k8s.io/v1:StorageClass")("storage"),
    change: { parameters: { type: "gp3" } },
    says: /parameters\.encrypted must be "true"/,
  },
  {
    policy: "k16-storage",
    of: claim("grafana"),
    change: { "spec > storageClassName": "gp2" },
    says: /spec\.storageClassName must be a StorageClass of this stack/,
  },
  {
    policy: "k17-endpoint-nodes",
    of: statefulSet("grafana"),
    change: { [`${POD} > tolerations`]: [{ operator: "Exists" }] },
    says: /tolerations and nodeSelector must keep it off nodes of/,
  },
  {
    policy: "k17-endpoint-nodes",
    of: endpointNodes(1),
    change: { "taints > 0 > effect": "PREFER_NO_SCHEDULE" },
    says: /taints must have securevpn\.example\/role=endpoint:NO_SCHEDULE/,
  },
  {
    policy: "k17-endpoint-nodes",
    of: of("kubernetes:scheduling.k8s.io/v1:PriorityClass")("priority-monitoring"),
    change: { globalDefault: true },
    says: /globalDefault must be off/,
  },
  {
    policy: "k18-provider",
    of: of("pulumi:providers:kubernetes")("kubernetes"),
    change: { deleteUnreachable: true },
    says: /deleteUnreachable must be off/,
  },
];
