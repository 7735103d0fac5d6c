import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NAMESPACES } from "../../services/contract/index.ts";
import { Quotas, type NamespaceBounds } from "./quotas.ts";

type Key = keyof typeof NAMESPACES;

/** Pod Security level per namespace: only VPN servers may use the host's network and NET_ADMIN. */
const POD_SECURITY: Readonly<Record<Key, string>> = {
  platform: "restricted",
  vpn: "privileged",
  monitoring: "restricted",
  system: "restricted",
};

export interface NamespacesArgs {
  readonly bounds: Readonly<Record<Key, NamespaceBounds>>;
}

/** The region's namespaces, each within bounds; each denies all traffic that no other policy allows. */
export class Namespaces extends pulumi.ComponentResource {
  readonly platform: kubernetes.core.v1.Namespace;
  readonly vpn: kubernetes.core.v1.Namespace;
  readonly monitoring: kubernetes.core.v1.Namespace;
  readonly system: kubernetes.core.v1.Namespace;

  constructor(name: string, { bounds }: NamespacesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:Namespaces", name, {}, opts);
    this.platform = this.#namespace("platform", bounds.platform);
    this.vpn = this.#namespace("vpn", bounds.vpn);
    this.monitoring = this.#namespace("monitoring", bounds.monitoring);
    this.system = this.#namespace("system", bounds.system);
    this.registerOutputs({});
  }

  #namespace(key: Key, bounds: NamespaceBounds): kubernetes.core.v1.Namespace {
    const level = POD_SECURITY[key];
    const labels = Object.fromEntries(
      ["enforce", "warn", "audit"].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]),
    );
    const namespace = new kubernetes.core.v1.Namespace(
      NAMESPACES[key],
      { metadata: { name: NAMESPACES[key], labels } },
      { parent: this },
    );
    new kubernetes.networking.v1.NetworkPolicy(
      `${NAMESPACES[key]}-default-deny`,
      {
        metadata: { name: "default-deny", namespace: namespace.metadata.name },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      { parent: this },
    );
    new Quotas(
      `${NAMESPACES[key]}-bounds`,
      { namespace: namespace.metadata.name, ...bounds },
      { parent: this },
    );
    return namespace;
  }
}
