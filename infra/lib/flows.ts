import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { selectorOf } from "./pod.ts";

export type IngressRule = kubernetes.types.input.networking.v1.NetworkPolicyIngressRule;
export type EgressRule = kubernetes.types.input.networking.v1.NetworkPolicyEgressRule;
export type Peer = kubernetes.types.input.networking.v1.NetworkPolicyPeer;

/** Peers of address blocks: what is no pod, or is on its node's network, has no labels. */
export const blocksOf = (cidrs: readonly string[]): Peer[] =>
  cidrs.map((cidr) => ({ ipBlock: { cidr } }));

/** Pods of an app in the policy's own namespace. */
export const podsOf = (name: string): Peer => ({ podSelector: { matchLabels: selectorOf(name) } });

/** Pods of an app in another namespace; without an app all of them. */
export const podsIn = (namespace: string, name?: string): Peer => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
  ...(name === undefined ? {} : { podSelector: { matchLabels: selectorOf(name) } }),
});

export const DNS: EgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { port: 53, protocol: "UDP" },
    { port: 53, protocol: "TCP" },
  ],
};

/** The Kubernetes API and those of AWS, which have no known block. */
export const HTTPS: EgressRule = { ports: [{ port: 443 }] };

/**
 * The Pod Identity agent of each node: a role is of no use to a pod that cannot fetch its credentials
 * (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html).
 */
export const POD_IDENTITY: EgressRule = {
  to: [{ ipBlock: { cidr: "169.254.170.23/32" } }],
  ports: [{ port: 80 }],
};

export interface Flows {
  readonly ingress: readonly IngressRule[];
  readonly egress: readonly EgressRule[];
}

/** The flows of one app, on top of its namespace's default deny. */
export function networkPolicy(
  parent: pulumi.Resource,
  app: string,
  namespace: pulumi.Input<string>,
  { ingress, egress }: Flows,
): kubernetes.networking.v1.NetworkPolicy {
  return new kubernetes.networking.v1.NetworkPolicy(
    app,
    {
      metadata: { name: app, namespace },
      spec: {
        podSelector: { matchLabels: selectorOf(app) },
        policyTypes: ["Ingress", "Egress"],
        ingress: [...ingress],
        egress: [...egress],
      },
    },
    { parent },
  );
}
