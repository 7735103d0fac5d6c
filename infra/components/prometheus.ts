import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { grantInCluster, subjectOf } from "../lib/cluster-rights.ts";
import { NAMESPACES } from "../../services/contract/index.ts";
import { contentHash } from "../lib/bundle.ts";
import { blocksOf, DNS, HTTPS, networkPolicy, podsIn, podsOf } from "../lib/flows.ts";
import { selectorOf } from "../lib/pod.ts";
import { serviceAccount, statefulPod, type Placement } from "../lib/stateful-pod.ts";
import { alertRules } from "../monitoring/alert-rules.ts";
import {
  CA_FILE,
  prometheusConfig,
  RULES_FILE,
  SCRAPED,
  TOKEN_FILE,
  WEB_PORT,
} from "../monitoring/prometheus-config.ts";
import { IMAGES } from "../versions.ts";
import { claim } from "./storage-class.ts";
import type { FlowBlocks } from "./workload-policies.ts";

export interface PrometheusArgs extends Placement {
  readonly region: string;
  readonly apiServer: pulumi.Input<string>;
  readonly storageClassName: pulumi.Input<string>;
  /** Each scrapes everything by itself, 1 or 2. */
  readonly replicas: number;
  readonly blocks: FlowBlocks;
}

const NAME = "prometheus";
export const PROMETHEUS_PORT = 9090;
const CONFIG_DIRECTORY = "/etc/prometheus";
const DATA_DIRECTORY = "/prometheus";
const CONFIG_FILE = "prometheus.yml";
/**
 * About 30,000 series every 30 s are 1.5 KB/s, 2 GB in 15 days; the bound on size is for a mistake
 * with labels, and leaves room for the write-ahead log.
 */
const RETENTION = { days: 15, sizeGb: 15 };
const STORAGE_GI = 20;
const RESOURCES = { requests: { cpu: "200m", memory: "768Mi" }, limits: { memory: "2Gi" } };
/** A projected token is renewed by the kubelet at four fifths of its life. */
const TOKEN_SECONDS = 3600;

/** Prometheus: finds pods by the API server, keeps two weeks, and is reached by port-forward alone. */
export class Prometheus extends pulumi.ComponentResource {
  constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:monitoring:Prometheus", name, {}, opts);
    const account = serviceAccount(this, NAME, args.namespace);
    // It may see which pods there are, and nothing in them.
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }];
    grantInCluster(this, name, rules, subjectOf(account));
    const config = this.#config(name, args);
    for (let index = 0; index < args.replicas; index++)
      this.#instance(index, args, account, config);
    new kubernetes.core.v1.Service(
      NAME,
      {
        metadata: { name: NAME, namespace: args.namespace },
        spec: {
          type: "ClusterIP",
          selector: selectorOf(NAME),
          // Two of them are never quite alike: a person stays with one.
          sessionAffinity: "ClientIP",
          ports: [{ name: WEB_PORT, port: PROMETHEUS_PORT, targetPort: WEB_PORT }],
        },
      },
      { parent: this },
    );
    new kubernetes.policy.v1.PodDisruptionBudget(
      NAME,
      {
        metadata: { name: NAME, namespace: args.namespace },
        spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(NAME) } },
      },
      { parent: this },
    );
    this.#flows(args);
    this.registerOutputs({});
  }

  /** Named by the hash of its content, which holds the API server's address. */
  #config(name: string, args: PrometheusArgs): kubernetes.core.v1.ConfigMap {
    const text = pulumi
      .output(args.apiServer)
      .apply((apiServer) => prometheusConfig({ region: args.region, apiServer }));
    const rules = alertRules();
    return new kubernetes.core.v1.ConfigMap(
      name,
      {
        metadata: {
          name: text.apply((yaml) => `${name}-${contentHash(yaml + rules)}`),
          namespace: args.namespace,
        },
        immutable: true,
        data: { [CONFIG_FILE]: text, [RULES_FILE]: rules },
      },
      { parent: this },
    );
  }

  #instance(
    index: number,
    args: PrometheusArgs,
    account: kubernetes.core.v1.ServiceAccount,
    config: kubernetes.core.v1.ConfigMap,
  ): void {
    const name = `${NAME}-${index}`;
    const data = claim(this, name, args.namespace, args.storageClassName, STORAGE_GI);
    statefulPod(this, name, {
      ...args,
      account,
      replicas: 1,
      app: NAME,
      component: "metrics",
      graceSeconds: 120,
      containers: [container()],
      volumes: [
        { name: "config", projected: { sources: configSources(config) } },
        { name: "data", persistentVolumeClaim: { claimName: data.metadata.name } },
      ],
    });
  }

  #flows({ namespace, blocks }: PrometheusArgs): void {
    const nodes = blocksOf([...blocks.nodes, ...blocks.endpoints]);
    networkPolicy(this, NAME, namespace, {
      ingress: [{ from: [podsOf(NAME), podsOf("grafana")], ports: [{ port: PROMETHEUS_PORT }] }],
      egress: [
        DNS,
        HTTPS,
        { to: [podsIn(NAMESPACES.platform)], ports: [{ port: SCRAPED.services }] },
        // VPN servers and node exporters are on their node's network.
        {
          to: nodes,
          ports: [
            { port: SCRAPED.agents },
            { port: SCRAPED.resolvers },
            { port: SCRAPED.nodeExporter },
          ],
        },
        { to: [podsIn(NAMESPACES.system)], ports: [{ port: SCRAPED.clusterAutoscaler }] },
        {
          to: [podsIn(SCRAPED.stateMetricsNamespace)],
          ports: [{ port: SCRAPED.kubeStateMetrics }],
        },
        // All of monitoring: exporters, Alertmanager, Grafana and itself.
        { to: [{ podSelector: {} }] },
      ],
    });
  }
}

/** One folder: the file names the others by paths relative to itself. */
function configSources(
  config: kubernetes.core.v1.ConfigMap,
): kubernetes.types.input.core.v1.VolumeProjection[] {
  return [
    { configMap: { name: config.metadata.name } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: CA_FILE }] } },
    { serviceAccountToken: { path: TOKEN_FILE, expirationSeconds: TOKEN_SECONDS } },
  ];
}

function container(): kubernetes.types.input.core.v1.Container {
  const ask = (path: string, periodSeconds: number, failureThreshold: number) => ({
    httpGet: { path, port: WEB_PORT },
    periodSeconds,
    failureThreshold,
    timeoutSeconds: 3,
  });
  return {
    name: NAME,
    image: IMAGES.prometheus,
    args: [
      `--config.file=${CONFIG_DIRECTORY}/${CONFIG_FILE}`,
      `--storage.tsdb.path=${DATA_DIRECTORY}`,
      `--storage.tsdb.retention.time=${RETENTION.days}d`,
      `--storage.tsdb.retention.size=${RETENTION.sizeGb}GB`,
      `--web.listen-address=:${PROMETHEUS_PORT}`,
    ],
    ports: [{ name: WEB_PORT, containerPort: PROMETHEUS_PORT }],
    resources: RESOURCES,
    volumeMounts: [
      { name: "config", mountPath: CONFIG_DIRECTORY, readOnly: true },
      { name: "data", mountPath: DATA_DIRECTORY },
    ],
    // It reads its write-ahead log first: minutes after a crash.
    startupProbe: ask("/-/ready", 5, 180),
    readinessProbe: ask("/-/ready", 5, 3),
    livenessProbe: ask("/-/healthy", 15, 4),
  };
}
