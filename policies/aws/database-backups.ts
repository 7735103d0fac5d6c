import { flagAt, isSet, numberAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

const MIN_DAYS = 7;

export const databaseBackups: Rule = {
  id: "A09",
  name: "a09-database-backups",
  level: "mandatory",
  description: "A primary is backed up and cannot be deleted by mistake",
  source: "RDS.7/8/11",
  resource: {
    types: ["aws:rds/instance:Instance"],
    check: ({ props, protect }) =>
      isSet(props, "replicateSourceDb")
        ? []
        : unless(
            [
              (numberAt(props, "backupRetentionPeriod") ?? 0) >= MIN_DAYS,
              `backupRetentionPeriod must be at least ${MIN_DAYS} days`,
            ],
            [flagAt(props, "deletionProtection") === true, "deletionProtection must be true"],
            [
              flagAt(props, "skipFinalSnapshot") === false &&
                isSet(props, "finalSnapshotIdentifier"),
              "skipFinalSnapshot must be false and finalSnapshotIdentifier must name the last snapshot",
            ],
            [protect, "the resource must have the option protect"],
          ),
  },
};
