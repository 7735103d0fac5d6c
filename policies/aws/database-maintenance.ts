import { flagAt, isSet, numberAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const databaseMaintenance: Rule = {
  id: "A12",
  name: "a12-database-maintenance",
  level: "advisory",
  description: "Databases take minor upgrades by themselves and have enhanced monitoring",
  source: "RDS.13, RDS.6",
  resource: {
    types: ["aws:rds/instance:Instance"],
    check: ({ props }) =>
      unless(
        [
          flagAt(props, "autoMinorVersionUpgrade") === true,
          "autoMinorVersionUpgrade should be true",
        ],
        [
          (numberAt(props, "monitoringInterval") ?? 0) > 0 && isSet(props, "monitoringRoleArn"),
          "monitoringInterval should be above 0, with a monitoringRoleArn",
        ],
      ),
  },
};
