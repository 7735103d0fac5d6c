import { isSet, listAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const clusterEncryption: Rule = {
  id: "A02",
  name: "a02-cluster-encryption",
  level: "mandatory",
  description: "Kubernetes secrets are encrypted with a KMS key of our own",
  source: "EKS.3, CIS 5.3.1",
  resource: {
    types: ["aws:eks/cluster:Cluster"],
    check: ({ props }) =>
      unless(
        [
          isSet(props, "encryptionConfig.provider.keyArn"),
          "encryptionConfig.provider.keyArn must name a KMS key",
        ],
        [
          listAt(props, "encryptionConfig.resources").includes("secrets"),
          'encryptionConfig.resources must hold "secrets"',
        ],
      ),
  },
};
