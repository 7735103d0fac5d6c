import { isSet, textAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

const SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache";

export const cacheSubnets: Rule = {
  id: "A16",
  name: "a16-cache-subnets",
  level: "mandatory",
  description: "Every cache is in a subnet group of ours",
  source: "ElastiCache.7",
  resource: {
    types: [
      "aws:elasticache/replicationGroup:ReplicationGroup",
      "aws:elasticache/cluster:Cluster",
      SERVERLESS,
    ],
    check: ({ type, props }) =>
      type === SERVERLESS
        ? unless([isSet(props, "subnetIds"), "subnetIds must name subnets of ours"])
        : unless([
            isSet(props, "subnetGroupName") && textAt(props, "subnetGroupName") !== "default",
            "subnetGroupName must name a group of ours, not the default",
          ]),
  },
};
