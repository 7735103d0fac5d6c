import { ofType, related } from "../lib/network.ts";
import { flagAt, isOff, isSet, numberAt } from "../lib/planned.ts";
import { found, unless, type PlannedResource, type Rule } from "../lib/rule.ts";

const INSTANCE = "aws:rds/instance:Instance";
const CLUSTER = "aws:rds/cluster:Cluster";
const COPIES = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication";
const MIN_DAYS = 7;

const primary = ({ props, protect }: PlannedResource): string[] =>
  unless(
    [
      (numberAt(props, "backupRetentionPeriod") ?? 0) >= MIN_DAYS,
      `backupRetentionPeriod must be at least ${MIN_DAYS} days`,
    ],
    [flagAt(props, "deletionProtection") === true, "deletionProtection must be true"],
    [
      flagAt(props, "skipFinalSnapshot") === false && isSet(props, "finalSnapshotIdentifier"),
      "skipFinalSnapshot must be false and finalSnapshotIdentifier must name the last snapshot",
    ],
    [protect, "the resource must have the option protect"],
  );

export const databaseBackups: Rule = {
  id: "A09",
  name: "a09-database-backups",
  level: "mandatory",
  description: "A primary is backed up and cannot be deleted by mistake",
  source: "RDS.7/8/11",
  resource: {
    types: [INSTANCE, CLUSTER, COPIES],
    check: (resource) => {
      const { type, props } = resource;
      if (type !== COPIES) return isSet(props, "replicateSourceDb") ? [] : primary(resource);
      return unless([
        (numberAt(props, "retentionPeriod") ?? MIN_DAYS) >= MIN_DAYS,
        `retentionPeriod must be at least ${MIN_DAYS} days`,
      ]);
    },
  },
  // What calls itself a replica is spared all of the above.
  stack: (stack) =>
    ofType(stack, INSTANCE)
      .filter(({ props }) => isSet(props, "replicateSourceDb"))
      .flatMap((replica) =>
        found(
          replica,
          unless([
            related(replica, "replicateSourceDb", INSTANCE).some(({ props }) =>
              isOff(props, "replicateSourceDb"),
            ),
            "replicateSourceDb must be a primary of this stack: a replica has no backups of its own",
          ]),
        ),
      ),
};
