import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NAMESPACES, PORTS, type ServiceManifest } from "../../services/contract/index.ts";
import {
  blocksOf,
  DNS,
  HTTPS,
  POD_IDENTITY,
  podsIn,
  podsOf,
  type EgressRule,
  type IngressRule,
} from "../lib/flows.ts";
import { selectorOf } from "../lib/pod.ts";

/** Blocks of the region's subnets that flows name: what is no pod has no labels. */
export interface FlowBlocks {
  /** System nodes: what comes by a NodePort bears a node's address. */
  readonly nodes: readonly string[];
  /** Endpoint nodes: VPN agents are on the host network. */
  readonly endpoints: readonly string[];
  /** Databases and cache. */
  readonly data: readonly string[];
}

export interface WorkloadPoliciesArgs {
  readonly manifest: ServiceManifest;
  readonly namespace: pulumi.Input<string>;
  readonly blocks: FlowBlocks;
}

/** Who may call a service; kubelets reach the pods of their own node in any case. */
function ingressOf({ name }: ServiceManifest, blocks: FlowBlocks): IngressRule[] {
  const entry: IngressRule = { from: blocksOf(blocks.nodes), ports: [{ port: PORTS.public }] };
  const metrics: IngressRule = {
    from: [podsIn(NAMESPACES.monitoring, "prometheus")],
    ports: [{ port: PORTS.internal }],
  };
  switch (name) {
    case "auth":
      return [entry, metrics, { from: [podsOf("selector")], ports: [{ port: PORTS.public }] }];
    case "selector":
      return [
        entry,
        metrics,
        { from: blocksOf(blocks.endpoints), ports: [{ port: PORTS.internal }] },
      ];
  }
}

function egressOf({ name }: ServiceManifest, blocks: FlowBlocks): EgressRule[] {
  const common: EgressRule[] = [
    DNS,
    { to: blocksOf(blocks.data), ports: [{ port: 5432 }, { port: 6379 }] },
    // Other regions' APIs and, for the selector, the Kubernetes API.
    HTTPS,
  ];
  return name === "selector"
    ? [...common, POD_IDENTITY, { to: [podsOf("auth")], ports: [{ port: PORTS.public }] }]
    : common;
}

/** Disruption budget and network flows of one service, on top of the namespace's default deny. */
export class WorkloadPolicies extends pulumi.ComponentResource {
  constructor(
    name: string,
    { manifest, namespace, blocks }: WorkloadPoliciesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("securevpn:kubernetes:WorkloadPolicies", name, {}, opts);
    const podSelector = { matchLabels: selectorOf(manifest.name) };
    new kubernetes.policy.v1.PodDisruptionBudget(
      name,
      {
        metadata: { name: manifest.name, namespace },
        spec: { maxUnavailable: 1, selector: podSelector },
      },
      { parent: this },
    );
    new kubernetes.networking.v1.NetworkPolicy(
      name,
      {
        metadata: { name: manifest.name, namespace },
        spec: {
          podSelector,
          policyTypes: ["Ingress", "Egress"],
          ingress: ingressOf(manifest, blocks),
          egress: egressOf(manifest, blocks),
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
