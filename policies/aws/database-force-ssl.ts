import { hasOwnGroup, parameterOf } from "../lib/parameters.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const databaseForceSsl: Rule = {
  id: "A10",
  name: "a10-database-force-ssl",
  level: "mandatory",
  description: "Databases take TLS connections only",
  source: "RDS.38",
  resource: {
    types: ["aws:rds/parameterGroup:ParameterGroup", "aws:rds/instance:Instance"],
    check: ({ type, props }) =>
      type === "aws:rds/instance:Instance"
        ? unless([hasOwnGroup(props), "parameterGroupName must name a group of ours"])
        : unless([
            parameterOf(props, "rds.force_ssl") === "1",
            'parameters must set rds.force_ssl to "1"',
          ]),
  },
};
