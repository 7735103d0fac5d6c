import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface TokenReviewArgs {
  readonly namespace: pulumi.Input<string>;
  readonly serviceAccountName: string;
}

/** Lets the selector ask the API server who an agent's token belongs to, and read the node's address. */
export class TokenReview extends pulumi.ComponentResource {
  constructor(name: string, args: TokenReviewArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:TokenReview", name, {}, opts);
    const role = new kubernetes.rbac.v1.ClusterRole(
      name,
      {
        metadata: { name: `securevpn-${name}` },
        rules: [
          { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
          { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
        ],
      },
      { parent: this },
    );
    new kubernetes.rbac.v1.ClusterRoleBinding(
      name,
      {
        metadata: { name: `securevpn-${name}` },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: role.metadata.name,
        },
        subjects: [
          { kind: "ServiceAccount", name: args.serviceAccountName, namespace: args.namespace },
        ],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
