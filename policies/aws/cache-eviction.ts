import { hasOwnGroup, parameterOf } from "../lib/parameters.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const cacheEviction: Rule = {
  id: "A15",
  name: "a15-cache-eviction",
  level: "mandatory",
  description: "The cache never evicts: a lease or a limit that vanished would be a wrong answer",
  source: "OWN",
  resource: {
    types: [
      "aws:elasticache/parameterGroup:ParameterGroup",
      "aws:elasticache/replicationGroup:ReplicationGroup",
    ],
    check: ({ type, props }) =>
      type === "aws:elasticache/replicationGroup:ReplicationGroup"
        ? unless([hasOwnGroup(props), "parameterGroupName must name a group of ours"])
        : unless([
            parameterOf(props, "maxmemory-policy") === "noeviction",
            'parameters must set maxmemory-policy to "noeviction"',
          ]),
  },
};
