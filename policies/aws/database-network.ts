import { flagAt, isSet } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const databaseNetwork: Rule = {
  id: "A07",
  name: "a07-database-private-encrypted",
  level: "mandatory",
  description: "No database is public, and each is encrypted with a KMS key of our own",
  source: "RDS.2, RDS.3",
  resource: {
    types: ["aws:rds/instance:Instance"],
    check: ({ props }) =>
      unless(
        [flagAt(props, "publiclyAccessible") === false, "publiclyAccessible must be false"],
        [flagAt(props, "storageEncrypted") === true, "storageEncrypted must be true"],
        [
          // A replica in the same region inherits its primary's key.
          isSet(props, "kmsKeyId") || isSet(props, "replicateSourceDb"),
          "kmsKeyId must name a KMS key of our own",
        ],
      ),
  },
};
