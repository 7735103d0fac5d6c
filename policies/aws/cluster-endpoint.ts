import { flagAt, listAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const clusterEndpoint: Rule = {
  id: "A01",
  name: "a01-cluster-endpoint",
  level: "mandatory",
  description:
    "The Kubernetes API has a private endpoint; a public one answers listed CIDRs only, never the whole internet",
  source: "EKS.1, CIS 5.4.1/2",
  resource: {
    types: ["aws:eks/cluster:Cluster"],
    check: ({ props }) => {
      const open = flagAt(props, "vpcConfig.endpointPublicAccess") !== false;
      const cidrs = listAt(props, "vpcConfig.publicAccessCidrs");
      return unless(
        [
          flagAt(props, "vpcConfig.endpointPrivateAccess") === true,
          "vpcConfig.endpointPrivateAccess must be true",
        ],
        [
          !open || cidrs.length > 0,
          "vpcConfig.endpointPublicAccess must be false, or publicAccessCidrs must list who may call",
        ],
        [
          cidrs.every((cidr) => typeof cidr === "string" && !cidr.endsWith("/0")),
          "vpcConfig.publicAccessCidrs must be known CIDRs, none of them the whole internet",
        ],
      );
    },
  },
};
