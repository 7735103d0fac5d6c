import YAML from "yaml";
import { AGENT, NAMESPACES, PORTS, RESOLVER } from "../../services/contract/index.ts";

/** Names of ports that speak Prometheus' format; a pod says so by naming its port, nothing else. */
export const METRICS_PORT = "metrics";
/** Port of a web page of monitoring itself, whose /metrics tells of it. */
export const WEB_PORT = "web";
const SCRAPED_PORTS = `internal|${METRICS_PORT}(-[0-9]+)?|${WEB_PORT}`;
/** Namespaces and names of the EKS add-ons that tell of the cluster and its nodes. */
const STATE_METRICS = "kube-state-metrics";
const ADD_ONS = [STATE_METRICS, "prometheus-node-exporter"];
/** Label of a pod that tells of one shard. */
export const SHARD_LABEL = "securevpn.example/shard";

/** Files beside the configuration, by which Prometheus shows itself to the API server. */
export const TOKEN_FILE = "token";
export const CA_FILE = "ca.crt";
/** Alert rules. */
export const RULES_FILE = "alerts.yml";

export interface PrometheusTargets {
  readonly region: string;
  /** Base URL of the API server. */
  readonly apiServer: string;
}

const meta = (name: string): string => `__meta_kubernetes_pod_${name}`;
const copy = (source: string, target: string) => ({
  source_labels: [source],
  target_label: target,
});
const keep = (source: string, regex: string) => ({
  source_labels: [source],
  regex,
  action: "keep",
});

/** Who a sample is of. No label comes from a client. */
const IDENTITY = [
  copy("__meta_kubernetes_namespace", "namespace"),
  copy(meta("name"), "pod"),
  copy(meta("container_name"), "container"),
  copy(meta("node_name"), "node"),
  copy(meta("label_app_kubernetes_io_name"), "app"),
  copy(meta(`label_${SHARD_LABEL.replaceAll(/[^a-z0-9]/g, "_")}`), "shard"),
];

/**
 * Prometheus' configuration as YAML. Targets are pods, found by the API server, so a new VPN server
 * is watched as soon as it has an address; nothing is listed by hand.
 */
export function prometheusConfig({ region, apiServer }: PrometheusTargets): string {
  const pods = (namespaces: readonly string[]) => [
    {
      role: "pod",
      // Stated rather than taken from the pod: paths here are relative to this very file.
      api_server: apiServer,
      authorization: { credentials_file: TOKEN_FILE },
      tls_config: { ca_file: CA_FILE },
      namespaces: { names: [...namespaces] },
    },
  ];
  const running = keep(meta("phase"), "Running");
  return YAML.stringify(
    {
      global: {
        scrape_interval: "30s",
        scrape_timeout: "10s",
        evaluation_interval: "30s",
        external_labels: { region },
      },
      rule_files: [RULES_FILE],
      alerting: {
        alertmanagers: [
          {
            kubernetes_sd_configs: pods([NAMESPACES.monitoring]),
            relabel_configs: [
              keep(meta("label_app_kubernetes_io_name"), "alertmanager"),
              keep(meta("container_port_name"), WEB_PORT),
            ],
          },
        ],
      },
      scrape_configs: [
        {
          job_name: "platform",
          kubernetes_sd_configs: pods(Object.values(NAMESPACES)),
          relabel_configs: [
            keep(meta("label_app_kubernetes_io_part_of"), "securevpn"),
            keep(meta("container_port_name"), SCRAPED_PORTS),
            running,
            ...IDENTITY,
          ],
        },
        {
          job_name: "cluster",
          kubernetes_sd_configs: pods(ADD_ONS),
          relabel_configs: [
            keep(meta("label_app_kubernetes_io_name"), ADD_ONS.join("|")),
            keep(meta("container_port_name"), "http|metrics"),
            running,
            ...IDENTITY,
          ],
          // What it tells of is in its own labels, and they win.
          honor_labels: true,
        },
      ],
    },
    { lineWidth: 120 },
  );
}

/** Ports that Prometheus asks in each namespace; the network policies open these and no others. */
export const SCRAPED = {
  services: PORTS.internal,
  agents: PORTS.internal,
  resolvers: RESOLVER.metricsPort,
  nodeExporter: 9100,
  kubeStateMetrics: 8080,
  clusterAutoscaler: 8085,
  agentName: AGENT.name,
  stateMetricsNamespace: STATE_METRICS,
} as const;
