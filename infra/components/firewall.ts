import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { PORTS, RESOLVER } from "../../services/contract/index.ts";

/** Who may open a flow: a security group, or the world. */
export type Peer = { readonly group: aws.ec2.SecurityGroup } | { readonly cidr: string };

export interface Flow {
  /** Last part of the rule's logical name, unique within the group. */
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "-1";
  readonly port?: number | readonly [number, number];
  readonly peer: Peer;
  /** What the flow is for; shown in the console. */
  readonly why: string;
}

function ruleArgs(group: aws.ec2.SecurityGroup, flow: Flow): aws.vpc.SecurityGroupIngressRuleArgs {
  const [fromPort, toPort] =
    typeof flow.port === "number" ? [flow.port, flow.port] : (flow.port ?? []);
  return {
    securityGroupId: group.id,
    ipProtocol: flow.protocol,
    ...(fromPort === undefined || toPort === undefined ? {} : { fromPort, toPort }),
    ...("cidr" in flow.peer
      ? { cidrIpv4: flow.peer.cidr }
      : { referencedSecurityGroupId: flow.peer.group.id }),
    description: flow.why,
  };
}

/** One rule resource a flow: an inline list would make every change a change of the whole group. */
export function allowIn(
  parent: pulumi.Resource,
  name: string,
  group: aws.ec2.SecurityGroup,
  flows: readonly Flow[],
): void {
  for (const flow of flows)
    new aws.vpc.SecurityGroupIngressRule(`${name}-in-${flow.name}`, ruleArgs(group, flow), {
      parent,
    });
}

export function allowOut(
  parent: pulumi.Resource,
  name: string,
  group: aws.ec2.SecurityGroup,
  flows: readonly Flow[],
): void {
  for (const flow of flows)
    new aws.vpc.SecurityGroupEgressRule(`${name}-out-${flow.name}`, ruleArgs(group, flow), {
      parent,
    });
}

export interface FirewallArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly udpPort: number;
  readonly nodePorts: readonly number[];
}

const WORLD: Peer = { cidr: "0.0.0.0/0" };
const KUBELET = 10250;
/** metrics-server of the EKS add-on. */
const METRICS_SERVER = 10251;
/**
 * Webhook of amazon-cloudwatch-observability, on creation and change of every pod and workload. It may fail,
 * and then only after ten seconds, so one that is shut delays each (Helm values of its chart: webhookPort).
 */
const POD_WEBHOOK = 9443;
/** kube-proxy's health of a node. */
export const NODE_HEALTH_PORT = 10256;
/** prometheus-node-exporter of the EKS add-on. */
const NODE_EXPORTER = 9100;
const API = 443;
const DNS = 53;

const tcp = (name: string, port: number, group: aws.ec2.SecurityGroup, why: string): Flow => ({
  name,
  protocol: "tcp",
  port,
  peer: { group },
  why,
});

/**
 * The security groups of a region and every flow between them, on one page. Endpoint nodes carry
 * strangers' traffic: they reach the cluster's API, DNS and the selector, and never the data subnets.
 */
export class Firewall extends pulumi.ComponentResource {
  readonly entry: aws.ec2.SecurityGroup;
  readonly cluster: aws.ec2.SecurityGroup;
  readonly system: aws.ec2.SecurityGroup;
  readonly endpoint: aws.ec2.SecurityGroup;
  readonly database: aws.ec2.SecurityGroup;
  readonly cache: aws.ec2.SecurityGroup;

  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:Firewall", name, {}, opts);
    const group = (part: string, description: string): aws.ec2.SecurityGroup =>
      new aws.ec2.SecurityGroup(
        `${name}-${part}`,
        { vpcId: args.vpcId, description, tags: { Name: `${name}-${part}` } },
        { parent: this },
      );
    this.entry = group("entry", "HTTPS entry of the API");
    this.cluster = group("cluster", "Kubernetes control plane");
    this.system = group("system", "System nodes: services and add-ons");
    this.endpoint = group("endpoint", "Endpoint nodes: VPN servers");
    this.database = group("database", "PostgreSQL shards");
    this.cache = group("cache", "Cache");
    this.#world(name, args);
    this.#inside(name, args);
    this.registerOutputs({});
  }

  /** What the world may open, and what may open the world. */
  #world(name: string, { udpPort }: FirewallArgs): void {
    allowIn(this, `${name}-entry`, this.entry, [
      { name: "https", protocol: "tcp", port: 443, peer: WORLD, why: "API clients" },
    ]);
    allowIn(this, `${name}-endpoint`, this.endpoint, [
      { name: "wireguard", protocol: "udp", port: udpPort, peer: WORLD, why: "WireGuard clients" },
    ]);
    allowOut(this, `${name}-endpoint`, this.endpoint, [
      { name: "world", protocol: "-1", peer: WORLD, why: "Client traffic leaves here" },
    ]);
    allowOut(this, `${name}-system`, this.system, [
      {
        name: "world",
        protocol: "-1",
        peer: WORLD,
        why: "AWS APIs, images, webhooks, data subnets",
      },
    ]);
  }

  /** Flows between the region's own machines; each is opened at the group that takes it. */
  #inside(name: string, { nodePorts }: FirewallArgs): void {
    const { entry, cluster, system, endpoint, database, cache } = this;
    for (const port of [...nodePorts, NODE_HEALTH_PORT]) {
      const flow = `nodeport-${port}`;
      allowIn(this, `${name}-system`, system, [tcp(flow, port, entry, "Entry to services")]);
      allowOut(this, `${name}-entry`, entry, [tcp(flow, port, system, "Entry to services")]);
    }
    allowIn(this, `${name}-system`, system, [
      { name: "self", protocol: "-1", peer: { group: system }, why: "Pods among themselves" },
      tcp("kubelet", KUBELET, cluster, "Control plane to kubelet"),
      tcp("metrics", METRICS_SERVER, cluster, "Control plane to metrics-server"),
      tcp("webhook", POD_WEBHOOK, cluster, "Control plane to the webhook of the add-on for logs"),
      tcp("agents", PORTS.internal, endpoint, "VPN agents to the selector"),
      { ...tcp("dns-udp", DNS, endpoint, "Names for VPN agents"), protocol: "udp" },
      tcp("dns-tcp", DNS, endpoint, "Names for VPN agents"),
    ]);
    allowIn(this, `${name}-endpoint`, endpoint, [
      tcp("kubelet", KUBELET, cluster, "Control plane to kubelet"),
      tcp("metrics", KUBELET, system, "metrics-server to kubelet"),
      tcp("agent-metrics", PORTS.internal, system, "Prometheus to VPN agents"),
      tcp("dns-metrics", RESOLVER.metricsPort, system, "Prometheus to the VPN servers' resolvers"),
      tcp("node-metrics", NODE_EXPORTER, system, "Prometheus to node-exporter"),
    ]);
    // Ways out of the control plane need none of ours: EKS puts a group of its own beside this one,
    // which allows all of them (https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html).
    allowIn(this, `${name}-cluster`, cluster, [
      tcp("system", API, system, "Nodes and pods to the API server"),
      tcp("endpoint", API, endpoint, "Endpoint nodes to the API server"),
    ]);
    allowIn(this, `${name}-database`, database, [tcp("system", 5432, system, "Services")]);
    allowIn(this, `${name}-cache`, cache, [tcp("system", 6379, system, "Services")]);
  }
}
