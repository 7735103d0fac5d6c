import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NAMESPACES } from "../../services/contract/index.ts";

/** Pod Security level per namespace: only VPN servers may use the host's network and NET_ADMIN. */
const POD_SECURITY: Readonly<Record<keyof typeof NAMESPACES, string>> = {
  platform: "restricted",
  vpn: "privileged",
};

/** The region's namespaces; each denies all traffic that no other policy allows. */
export class Namespaces extends pulumi.ComponentResource {
  readonly platform: kubernetes.core.v1.Namespace;
  readonly vpn: kubernetes.core.v1.Namespace;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:Namespaces", name, {}, opts);
    this.platform = this.#namespace("platform");
    this.vpn = this.#namespace("vpn");
    this.registerOutputs({});
  }

  #namespace(key: keyof typeof NAMESPACES): kubernetes.core.v1.Namespace {
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
    return namespace;
  }
}
