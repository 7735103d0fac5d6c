import { isSet, textAt } from "../../lib/planned.ts";
import type { StackResource } from "../../lib/rule.ts";
import type { Family } from "../charge.ts";
import { knownNumber, knownText } from "../known.ts";
import { HOURS } from "../plan.ts";

function nodesOf(group: StackResource): number {
  if (!isSet(group.props, "numNodeGroups")) return knownNumber(group, "numCacheClusters", 1);
  return knownNumber(group, "numNodeGroups") * (1 + knownNumber(group, "replicasPerNodeGroup", 0));
}

export const cache: Family = {
  types: ["aws:elasticache/replicationGroup:ReplicationGroup"],
  charges: (group) => {
    const engine = textAt(group.props, "engine") ?? "redis";
    const node = knownText(group, "nodeType");
    const nodes = nodesOf(group);
    return [
      {
        component: "database and caching",
        item: `${nodes} ${engine} nodes ${node}`,
        quantity: nodes * HOURS,
        price: [`elasticache-${engine}`, node],
      },
    ];
  },
};
