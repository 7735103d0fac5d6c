import { hasOwnGroup, parameterOf } from "../lib/parameters.ts";
import { ofType, related } from "../lib/network.ts";
import { found, unless, type Rule } from "../lib/rule.ts";

const GROUP = "aws:rds/parameterGroup:ParameterGroup";
const CLUSTER_GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup";
const INSTANCE = "aws:rds/instance:Instance";

export const databaseForceSsl: Rule = {
  id: "A10",
  name: "a10-database-force-ssl",
  level: "mandatory",
  description: "Databases take TLS connections only",
  source: "RDS.38",
  resource: {
    types: [GROUP, CLUSTER_GROUP, INSTANCE],
    check: ({ type, props }) =>
      type === INSTANCE
        ? unless([hasOwnGroup(props), "parameterGroupName must name a group of ours"])
        : unless([
            parameterOf(props, "rds.force_ssl") === "1",
            'parameters must set rds.force_ssl to "1"',
          ]),
  },
  stack: (stack) =>
    ofType(stack, INSTANCE)
      .filter(({ props }) => hasOwnGroup(props))
      .flatMap((instance) =>
        found(
          instance,
          unless([
            related(instance, "parameterGroupName", GROUP).length > 0,
            "parameterGroupName must be a group of this stack: another's parameters are not judged",
          ]),
        ),
      ),
};
