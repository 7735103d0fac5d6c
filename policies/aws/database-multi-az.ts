import { flagAt, isSet } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const databaseMultiAz: Rule = {
  id: "A08",
  name: "a08-database-multi-az",
  level: "mandatory",
  description: "Every primary has a standby in a second zone",
  source: "RDS.5",
  resource: {
    types: ["aws:rds/instance:Instance"],
    check: ({ props }) =>
      unless([
        isSet(props, "replicateSourceDb") || flagAt(props, "multiAz") === true,
        "multiAz must be true: the loss of a zone must not lose a shard",
      ]),
  },
};
