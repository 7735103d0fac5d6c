import * as pulumi from "@pulumi/pulumi";
import { grantInCluster } from "../lib/cluster-rights.ts";

export interface TokenReviewArgs {
  readonly namespace: pulumi.Input<string>;
  readonly serviceAccountName: string;
}

const RULES = [
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
  { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
];

/** Lets the selector ask the API server who an agent's token belongs to, and read the node's address. */
export class TokenReview extends pulumi.ComponentResource {
  constructor(name: string, args: TokenReviewArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:TokenReview", name, {}, opts);
    grantInCluster(this, name, RULES, {
      kind: "ServiceAccount",
      name: args.serviceAccountName,
      namespace: args.namespace,
    });
    this.registerOutputs({});
  }
}
