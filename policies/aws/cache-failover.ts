import { flagAt, numberAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const cacheFailover: Rule = {
  id: "A13",
  name: "a13-cache-failover",
  level: "mandatory",
  description: "The cache fails over by itself to a replica in another zone",
  source: "ElastiCache.3",
  resource: {
    types: ["aws:elasticache/replicationGroup:ReplicationGroup"],
    check: ({ props }) =>
      unless(
        [
          flagAt(props, "automaticFailoverEnabled") === true,
          "automaticFailoverEnabled must be true",
        ],
        [flagAt(props, "multiAzEnabled") === true, "multiAzEnabled must be true"],
        [
          (numberAt(props, "numCacheClusters") ?? 0) >= 2 ||
            (numberAt(props, "replicasPerNodeGroup") ?? 0) >= 1,
          "numCacheClusters must be at least 2: one primary, one replica",
        ],
      ),
  },
};
