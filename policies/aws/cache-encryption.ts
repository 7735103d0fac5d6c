import { flagAt, isOff, isSet } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

const USER = "aws:elasticache/user:User";

export const cacheEncryption: Rule = {
  id: "A14",
  name: "a14-cache-encryption",
  level: "mandatory",
  description: "The cache is encrypted at rest and in transit and knows its users",
  source: "ElastiCache.4/5/6",
  resource: {
    types: ["aws:elasticache/replicationGroup:ReplicationGroup", USER],
    check: ({ type, props }) =>
      type === USER
        ? unless([isOff(props, "noPasswordRequired"), "noPasswordRequired must be false"])
        : unless(
            [
              flagAt(props, "atRestEncryptionEnabled") === true,
              "atRestEncryptionEnabled must be true",
            ],
            [
              flagAt(props, "transitEncryptionEnabled") === true,
              "transitEncryptionEnabled must be true",
            ],
            [
              isSet(props, "userGroupIds") || isSet(props, "authToken"),
              "userGroupIds must name the users that may enter (or authToken be set)",
            ],
          ),
  },
};
