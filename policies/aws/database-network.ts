import { ofType, related } from "../lib/network.ts";
import { flagAt, isSet, listAt, textAt, type PlannedObject } from "../lib/planned.ts";
import { found, unless, type Finding, type PlannedStack, type Rule } from "../lib/rule.ts";

const INSTANCE = "aws:rds/instance:Instance";
const CLUSTER = "aws:rds/cluster:Cluster";
const SNAPSHOTS = [
  "aws:rds/snapshot:Snapshot",
  "aws:rds/snapshotCopy:SnapshotCopy",
  "aws:rds/clusterSnapshot:ClusterSnapshot",
  "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy",
];
const KEY = "aws:kms/key:Key";

/** AWS's own key is shared by all that the account encrypts so: no policy of it is ours. */
const isAwsKey = (props: PlannedObject): boolean =>
  /(^|[:/])alias\/aws\//.test(textAt(props, "kmsKeyId") ?? "");

/** Not public, and encrypted; a cluster of Aurora as much as an instance. */
function database({ type, props }: { readonly type: string; readonly props: PlannedObject }) {
  return unless(
    [
      type !== INSTANCE || flagAt(props, "publiclyAccessible") === false,
      "publiclyAccessible must be false",
    ],
    [flagAt(props, "storageEncrypted") === true, "storageEncrypted must be true"],
    [
      // A replica in the same region inherits its primary's key.
      (isSet(props, "kmsKeyId") || isSet(props, "replicateSourceDb")) && !isAwsKey(props),
      "kmsKeyId must name a KMS key of our own",
    ],
  );
}

/** A shared snapshot is the whole database in another's hands; "all" is everybody's. */
const snapshot = ({ props }: { readonly props: PlannedObject }): string[] =>
  unless([
    listAt(props, "sharedAccounts").length === 0 && props["sharedAccounts"] === undefined,
    "sharedAccounts must be absent: a snapshot is the whole database",
  ]);

const keys = (stack: PlannedStack): Finding[] =>
  ofType(stack, INSTANCE, CLUSTER)
    .filter(({ props }) => isSet(props, "kmsKeyId") && !isAwsKey(props))
    .flatMap((instance) =>
      found(
        instance,
        unless([
          related(instance, "kmsKeyId", KEY).length > 0,
          "kmsKeyId must be a key of this stack, whose policy is judged",
        ]),
      ),
    );

export const databaseNetwork: Rule = {
  id: "A07",
  name: "a07-database-private-encrypted",
  level: "mandatory",
  description: "No database is public or shared, and each is encrypted with a KMS key of our own",
  source: "RDS.1, RDS.2, RDS.3",
  resource: {
    types: [INSTANCE, CLUSTER, ...SNAPSHOTS],
    check: (resource) =>
      SNAPSHOTS.includes(resource.type) ? snapshot(resource) : database(resource),
  },
  stack: keys,
};
