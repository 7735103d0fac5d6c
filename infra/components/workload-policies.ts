import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PORTS, type ServiceManifest } from "../../services/contract/index.ts";
import { selectorOf } from "../lib/pod.ts";

export interface WorkloadPoliciesArgs {
  readonly manifest: ServiceManifest;
  readonly namespace: pulumi.Input<string>;
}

/** Disruption budget and network flows of one service. */
export class WorkloadPolicies extends pulumi.ComponentResource {
  constructor(name: string, { manifest, namespace }: WorkloadPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:WorkloadPolicies", name, {}, opts);
    const podSelector = { matchLabels: selectorOf(manifest.name) };
    new kubernetes.policy.v1.PodDisruptionBudget(
      name,
      { metadata: { name: manifest.name, namespace }, spec: { maxUnavailable: 1, selector: podSelector } },
      { parent: this },
    );
    new kubernetes.networking.v1.NetworkPolicy(
      name,
      {
        metadata: { name: manifest.name, namespace },
        spec: {
          podSelector,
          policyTypes: ["Ingress", "Egress"],
          // Sources are held by security groups: the entry and kubelets are no pods, and agents are on the host network.
          ingress: [{ ports: [{ port: PORTS.public }, { port: PORTS.internal }] }],
          egress: [
            { ports: [{ port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP" }] },
            { ports: [{ port: 443 }, { port: 5432 }, { port: 6379 }, { port: PORTS.public }] },
          ],
        },
      },
      { parent: this },
    );
  }
}
