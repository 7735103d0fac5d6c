import { endedSupport } from "../../../facts/kubernetes-support.ts";
import type { Family } from "../charge.ts";
import { knownText } from "../known.ts";
import { HOURS } from "../plan.ts";

/** The control plane counts with the VPN servers: the plan provisions them by Kubernetes. */
export const cluster: Family = {
  types: ["aws:eks/cluster:Cluster"],
  charges: (resource, { stack }) => {
    const version = knownText(resource, "version");
    const support = endedSupport(version, stack.today) === undefined ? "standard" : "extended";
    return [
      {
        component: "VPN servers",
        item: `EKS control plane ${version}, ${support} support`,
        quantity: HOURS,
        price: ["eks", `cluster-${support}`],
      },
    ];
  },
};
