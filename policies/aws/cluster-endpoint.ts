import ipaddr from "ipaddr.js";
import { flagAt, listAt, type Planned } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

/** The addresses of one office or runner, and no provider's. */
const LEAST_PREFIX = { ipv4: 24, ipv6: 48 } as const;

function isNarrow(cidr: Planned): boolean {
  if (typeof cidr !== "string" || !ipaddr.isValidCIDR(cidr)) return false;
  const [address, prefix] = ipaddr.parseCIDR(cidr);
  return prefix >= LEAST_PREFIX[address.kind()];
}

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
          cidrs.every(isNarrow),
          `vpcConfig.publicAccessCidrs must be known CIDRs of /${LEAST_PREFIX.ipv4} or narrower (IPv6: /${LEAST_PREFIX.ipv6}): two halves are the whole internet`,
        ],
      );
    },
  },
};
