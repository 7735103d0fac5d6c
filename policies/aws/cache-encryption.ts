import { ofType, related } from "../lib/network.ts";
import { at, flagAt, isOff, isSet, textAt, UNKNOWN, type PlannedObject } from "../lib/planned.ts";
import { found, unless, type Rule } from "../lib/rule.ts";

const USER = "aws:elasticache/user:User";
const USER_GROUP = "aws:elasticache/userGroup:UserGroup";
const GROUP = "aws:elasticache/replicationGroup:ReplicationGroup";
const KEY = "aws:kms/key:Key";

/** With its passwords unknown, the engine may know nothing of the whole block. */
function hasPassword(props: PlannedObject): boolean {
  const mode = at(props, "authenticationMode");
  if (mode === UNKNOWN || isSet(props, "passwords")) return true;
  return ["password", "iam"].includes(textAt(mode, "type") ?? "");
}

/** Everything with the commands that empty or administer the server; `allcommands` is `+@all`. */
function isAdmin(access: string): boolean {
  const words = access.toLowerCase().split(/\s+/);
  const all = words.some((word) => ["+@all", "allcommands"].includes(word));
  const admin = words.some((word) =>
    /^\+(@admin|@dangerous|config|acl|flushall|flushdb)\b/.test(word),
  );
  const taken = ["-@admin", "-@dangerous"].every((word) => words.includes(word));
  return admin || (all && !taken);
}

function user(props: PlannedObject): string[] {
  const access = textAt(props, "accessString") ?? "";
  const isOut = access.split(/\s+/)[0] === "off";
  return unless(
    [isOff(props, "noPasswordRequired"), "noPasswordRequired must be false"],
    [hasPassword(props) || isOut, 'authenticationMode.type must be "password" or "iam"'],
    [
      (textAt(props, "userName") ?? "") !== "default" || isOut,
      "the user default must be off: clients that name nobody get in by it",
    ],
    [
      access !== "" && !/(^|\s)nopass(\s|$)/i.test(access),
      "accessString must be known and must not say nopass",
    ],
    [!isAdmin(access), "accessString must take away @admin and @dangerous from what it allows"],
  );
}

const group = (props: PlannedObject): string[] =>
  unless(
    [flagAt(props, "atRestEncryptionEnabled") === true, "atRestEncryptionEnabled must be true"],
    [flagAt(props, "transitEncryptionEnabled") === true, "transitEncryptionEnabled must be true"],
    [
      (textAt(props, "transitEncryptionMode") ?? "required") === "required" &&
        at(props, "transitEncryptionMode") !== UNKNOWN,
      'transitEncryptionMode must be "required": preferred lets plain connections in',
    ],
    [
      isSet(props, "userGroupIds") || isSet(props, "authToken"),
      "userGroupIds must name the users that may enter (or authToken be set)",
    ],
    [
      !isSet(props, "logDeliveryConfigurations"),
      "logDeliveryConfigurations must be absent: slow commands are logged with their keys",
    ],
  );

export const cacheEncryption: Rule = {
  id: "A14",
  name: "a14-cache-encryption",
  level: "mandatory",
  description: "The cache is encrypted at rest and in transit and knows its users",
  source: "ElastiCache.4/5/6",
  resource: {
    types: [GROUP, USER],
    check: ({ type, props }) => (type === USER ? user(props) : group(props)),
  },
  stack: (stack) =>
    ofType(stack, GROUP).flatMap((cache) =>
      found(
        cache,
        unless(
          [
            !isSet(cache.props, "userGroupIds") ||
              related(cache, "userGroupIds", USER_GROUP).length > 0,
            "userGroupIds must be groups of this stack, whose users are judged",
          ],
          [
            related(cache, "kmsKeyId", KEY).length > 0,
            "kmsKeyId must be a key of this stack, whose policy is judged",
          ],
        ),
      ),
    ),
};
