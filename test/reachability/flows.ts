/** From each of these to each of those, on each of the ports; "all": whatever it listens on. */
export interface Flows {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly ports: readonly string[] | "all";
  readonly why: string;
}

const flows = (
  from: string | readonly string[],
  to: string | readonly string[],
  ports: string | readonly string[],
  why: string,
): Flows => ({
  from: [from].flat(),
  to: [to].flat(),
  ports: ports === "all" ? "all" : [ports].flat(),
  why,
});

const DNS = ["udp 53", "tcp 53"];
/** Pods with policies of their own. */
const PODS = [
  "auth",
  "auth-maintenance",
  "selector",
  "prometheus",
  "alertmanager",
  "grafana",
  "postgres-exporter",
  "redis-exporter",
  "cluster-autoscaler",
];
/** What runs on system nodes without a policy: pods of add-ons, and what is on a node's own network. */
const UNLIMITED = ["system node", "add-ons"];

/** Without any of these the region does not do its work. */
export const NEEDED: readonly Flows[] = [
  flows("client", "entry", "tcp 443", "the API"),
  flows("client", "endpoint node", "udp 51820", "WireGuard"),
  flows("entry", "system node", ["tcp 30080", "tcp 30081"], "NodePorts of the two services"),
  flows("entry", "system node", "tcp 10256", "health of a target: kube-proxy"),
  flows(
    "system node",
    ["auth", "selector"],
    "tcp 8080",
    "kube-proxy sends a NodePort's request on from the node's address",
  ),

  flows("control plane", ["system node", "endpoint node"], "tcp 10250", "logs, exec: kubelet"),
  flows("control plane", "metrics-server", "tcp 10251", "the metrics API is aggregated"),
  flows(
    "control plane",
    "amazon-cloudwatch-observability",
    "tcp 9443",
    "its webhook is asked about every pod, ten seconds long where it is shut",
  ),
  flows(
    ["system node", "endpoint node", "add-ons", "selector", "prometheus", "cluster-autoscaler"],
    "control plane",
    "tcp 443",
    "kubelet, CNI, CoreDNS; TokenReview; targets; nodes and pods",
  ),
  flows(["system node", "endpoint node"], "S3", "tcp 443", "layers of images"),
  flows(["system node", "endpoint node"], "internet", "tcp 443", "registries, EKS and EC2"),
  flows(["system node", "endpoint node"], "instance metadata", "tcp 80", "who am I; credentials"),
  flows(["system node", "endpoint node", "add-ons"], "VPC resolver", DNS, "names; CoreDNS asks it"),
  flows("add-ons", "internet", "tcp 443", "volumes and addresses: EC2"),
  flows("add-ons", "Pod Identity agent", "tcp 80", "credentials of the CNI and the volume driver"),
  flows("add-ons", ["system node", "endpoint node"], "tcp 10250", "metrics-server asks kubelets"),

  flows(PODS, "coredns", DNS, "names"),
  flows("endpoint node", "coredns", DNS, "names for VPN agents"),
  flows(["auth", "selector", "auth-maintenance"], "database", "tcp 5432", "their data"),
  flows(["auth", "selector"], "cache", "tcp 6379", "limits, leases, registry, revocations"),
  flows(["auth", "selector"], "internet", "tcp 443", "the other regions' APIs"),
  flows("selector", "auth", "tcp 8080", "the region's JWKS"),
  flows("selector", "Pod Identity agent", "tcp 80", "credentials for the data bucket"),
  flows("selector", "S3", "tcp 443", "the data bucket"),
  flows("endpoint node", "selector", "tcp 9090", "VPN agents: registration, peers, heartbeats"),
  flows("endpoint node", "internet", "tcp 853", "the resolver of VPN clients asks over TLS"),
  flows("cluster-autoscaler", "internet", "tcp 443", "Auto Scaling, EC2 and EKS"),
  flows("cluster-autoscaler", "Pod Identity agent", "tcp 80", "its credentials"),

  flows("prometheus", ["auth", "selector"], "tcp 9090", "scrape"),
  flows(
    "prometheus",
    "endpoint node",
    ["tcp 9090", "tcp 9100", "tcp 9153"],
    "scrape: agents, node exporters, resolvers",
  ),
  flows("prometheus", "system node", "tcp 9100", "scrape: node exporters"),
  flows("prometheus", "kube-state-metrics", "tcp 8080", "scrape"),
  flows("prometheus", "cluster-autoscaler", "tcp 8085", "scrape"),
  flows("prometheus", "postgres-exporter", ["tcp 9187", "tcp 9188"], "scrape"),
  flows("prometheus", "redis-exporter", "tcp 9121", "scrape"),
  flows("prometheus", "grafana", "tcp 3000", "scrape"),
  flows("prometheus", "alertmanager", "tcp 9093", "alerts, scrape"),
  flows("prometheus", "prometheus", "tcp 9090", "each watches the other"),
  flows("alertmanager", "alertmanager", ["tcp 9094", "udp 9094"], "one notice an alert: gossip"),
  flows("alertmanager", "internet", "tcp 443", "notices"),
  flows("grafana", "prometheus", "tcp 9090", "queries"),
  flows("postgres-exporter", "database", "tcp 5432", "what it measures"),
  flows("redis-exporter", "cache", "tcp 6379", "what it measures"),

  flows("tunnel client", ["internet", "S3"], "all", "what a VPN is for"),
];

/** Open, and not needed for itself: each is the price of one of the rules above. */
export const ACCEPTED: readonly Flows[] = [
  flows(
    ["system node", "endpoint node", "add-ons", "control plane"],
    "internet",
    "all",
    "addresses of registries and AWS are in no block that could be listed; EKS opens its own group",
  ),
  flows(["add-ons", "control plane"], "S3", "all", "as the internet"),
  flows(
    [...UNLIMITED, "endpoint node", "control plane"],
    ["entry", "endpoint node"],
    ["tcp 443", "udp 51820"],
    "open to the world, so to ourselves",
  ),
  flows(UNLIMITED, UNLIMITED, "all", "one group: pods and nodes among themselves"),
  flows(
    UNLIMITED,
    ["coredns", "metrics-server", "kube-state-metrics", "amazon-cloudwatch-observability"],
    "all",
    "one group, and no policy in an add-on's namespace",
  ),
  flows(
    UNLIMITED,
    ["database", "cache"],
    ["tcp 5432", "tcp 6379"],
    "pods have their node's group; passwords and ACLs are the second wall",
  ),
  flows(
    UNLIMITED,
    "endpoint node",
    ["tcp 9090", "tcp 9100", "tcp 9153", "tcp 10250"],
    "pods have their node's group; what listens there asks for a token or tells figures alone",
  ),
  flows(
    "add-ons",
    ["auth", "selector"],
    "tcp 8080",
    "their addresses lie in the nodes' blocks; it is the public API",
  ),
  flows(
    ["auth", "selector", "prometheus", "alertmanager", "cluster-autoscaler"],
    ["internet", "S3", "entry", "control plane"],
    "tcp 443",
    "a policy knows no names: 443 to one AWS API is 443 to all; the Kubernetes API asks for a token",
  ),
  flows(["system node", "endpoint node"], "Pod Identity agent", "all", "it runs there"),
  flows("control plane", "control plane", "all", "members of EKS's own group"),
];

/**
 * Traffic of AWS's own between its machines in our subnets. Security groups of ours do not see it;
 * AWS nowhere says that lists of the subnets do not.
 */
export const REPLICATION: readonly Flows[] = [
  flows("database", "database", "tcp 5432", "replicas follow primaries over zones"),
  flows("cache", "cache", "tcp 6379", "a replica follows the primary over zones"),
];
