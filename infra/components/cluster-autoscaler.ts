import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { grantInCluster, subjectOf } from "../lib/cluster-rights.ts";
import { DNS, HTTPS, POD_IDENTITY, networkPolicy, podsIn } from "../lib/flows.ts";
import { labelsOf, RESTRICTED, selectorOf, spread } from "../lib/pod.ts";
import { serviceAccount } from "../lib/stateful-pod.ts";
import { NAMESPACES } from "../../services/contract/index.ts";
import { METRICS_PORT, SCRAPED } from "../monitoring/prometheus-config.ts";
import { IMAGES } from "../versions.ts";
import { AUTOSCALER_ACCOUNT } from "./autoscaler-access.ts";
import { autoscalingGroupOf, ROLE_LABEL, type BoundedGroup } from "./node-groups.ts";

export interface ClusterAutoscalerArgs {
  readonly namespace: pulumi.Input<string>;
  readonly priorityClassName: pulumi.Input<string>;
  readonly awsRegion: string;
  /** Groups that it may grow and shrink, each within its bounds. */
  readonly groups: readonly BoundedGroup[];
  /** One leads, the others wait; one a zone. */
  readonly replicas: number;
}

/** The service account bears this name, and with it the role of AWS. */
const NAME = AUTOSCALER_ACCOUNT;
const RESOURCES = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } };
const LEASE = NAME;

/** Nodes follow pods: makes room for those that wait, and takes away nodes that stand half empty. */
export class ClusterAutoscaler extends pulumi.ComponentResource {
  constructor(name: string, args: ClusterAutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:ClusterAutoscaler", name, {}, opts);
    const account = serviceAccount(this, NAME, args.namespace);
    grantInCluster(this, NAME, CLUSTER_RULES, subjectOf(account));
    this.#ownRights(account, args.namespace);
    this.#deployment(args, account);
    new kubernetes.policy.v1.PodDisruptionBudget(
      NAME,
      {
        metadata: { name: NAME, namespace: args.namespace },
        spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(NAME) } },
      },
      { parent: this },
    );
    networkPolicy(this, NAME, args.namespace, {
      ingress: [
        {
          from: [podsIn(NAMESPACES.monitoring, "prometheus")],
          ports: [{ port: SCRAPED.clusterAutoscaler }],
        },
      ],
      egress: [DNS, HTTPS, POD_IDENTITY],
    });
    this.registerOutputs({});
  }

  /** The lease of its leader, and the status that it writes for people. */
  #ownRights(account: kubernetes.core.v1.ServiceAccount, namespace: pulumi.Input<string>): void {
    const role = new kubernetes.rbac.v1.Role(
      NAME,
      { metadata: { name: NAME, namespace }, rules: OWN_RULES },
      { parent: this },
    );
    new kubernetes.rbac.v1.RoleBinding(
      NAME,
      {
        metadata: { name: NAME, namespace },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [subjectOf(account)],
      },
      { parent: this },
    );
  }

  #deployment(args: ClusterAutoscalerArgs, account: kubernetes.core.v1.ServiceAccount): void {
    const labels = labelsOf(NAME, "autoscaler");
    new kubernetes.apps.v1.Deployment(
      NAME,
      {
        metadata: { name: NAME, namespace: args.namespace, labels },
        spec: {
          replicas: args.replicas,
          selector: { matchLabels: selectorOf(NAME) },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: account.metadata.name,
              automountServiceAccountToken: true,
              enableServiceLinks: false,
              priorityClassName: args.priorityClassName,
              nodeSelector: { [ROLE_LABEL]: "system" },
              topologySpreadConstraints: spread(NAME),
              containers: [container(args)],
            },
          },
        },
      },
      { parent: this },
    );
  }
}

const READ = ["get", "list", "watch"];

/** What its scheduler's model reads, and what it does to nodes and the pods on them. */
const CLUSTER_RULES = [
  {
    apiGroups: [""],
    resources: [
      "namespaces",
      "pods",
      "services",
      "replicationcontrollers",
      "persistentvolumeclaims",
      "persistentvolumes",
    ],
    verbs: READ,
  },
  { apiGroups: [""], resources: ["nodes"], verbs: [...READ, "update", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  { apiGroups: [""], resources: ["pods/status"], verbs: ["update"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  {
    apiGroups: ["apps"],
    resources: ["daemonsets", "replicasets", "statefulsets"],
    verbs: READ,
  },
  { apiGroups: ["batch"], resources: ["jobs"], verbs: READ },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: READ },
  {
    apiGroups: ["storage.k8s.io"],
    resources: [
      "storageclasses",
      "csinodes",
      "csidrivers",
      "csistoragecapacities",
      "volumeattachments",
    ],
    verbs: READ,
  },
  {
    apiGroups: ["resource.k8s.io"],
    resources: ["deviceclasses", "resourceclaims", "resourceslices"],
    verbs: READ,
  },
];

const OWN_RULES = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    resourceNames: [LEASE],
    verbs: ["get", "update"],
  },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "list", "watch"] },
  {
    apiGroups: [""],
    resources: ["configmaps"],
    resourceNames: ["cluster-autoscaler-status"],
    verbs: ["get", "update", "delete"],
  },
];

function container(args: ClusterAutoscalerArgs): kubernetes.types.input.core.v1.Container {
  return {
    name: NAME,
    image: IMAGES.clusterAutoscaler,
    command: ["./cluster-autoscaler"],
    args: [
      "--cloud-provider=aws",
      // By name and not by tag: of groups that it is told, it takes the bounds from here and not from
      // AWS, so that a new bound is a new argument and nothing that is sent to a node group.
      ...args.groups.map(
        ({ nodes, min, max }) =>
          pulumi.interpolate`--nodes=${min}:${max}:${autoscalingGroupOf(nodes)}`,
      ),
      "--enforce-node-group-min-size=true",
      pulumi.interpolate`--namespace=${args.namespace}`,
      "--leader-elect=true",
      `--leader-elect-resource-name=${LEASE}`,
      // Of the groups that would do, the one that leaves least idle; equal ones are kept equal, which
      // spreads endpoint nodes over the zones.
      "--expander=least-waste",
      "--balance-similar-node-groups=true",
      // Ours can all move: else one pod of an add-on would hold a node for ever.
      "--skip-nodes-with-system-pods=false",
      "--skip-nodes-with-local-storage=false",
      "--scale-down-unneeded-time=15m",
      "--scale-down-delay-after-add=15m",
      "--max-node-provision-time=10m",
      "--max-graceful-termination-sec=600",
      "--stderrthreshold=info",
      "--v=2",
    ],
    env: [{ name: "AWS_REGION", value: args.awsRegion }],
    ports: [{ name: METRICS_PORT, containerPort: SCRAPED.clusterAutoscaler }],
    resources: RESOURCES,
    securityContext: RESTRICTED,
    // Not ready when its loop has stood still for ten minutes: it waits for AWS, and a restart would
    // not help.
    readinessProbe: {
      httpGet: { path: "/health-check", port: METRICS_PORT },
      periodSeconds: 15,
      timeoutSeconds: 5,
    },
    livenessProbe: { tcpSocket: { port: METRICS_PORT }, periodSeconds: 30, failureThreshold: 4 },
  };
}
