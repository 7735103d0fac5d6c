import { describe } from "mocha";
import { cacheEncryption } from "../../../policies/aws/cache-encryption.ts";
import { cacheEviction } from "../../../policies/aws/cache-eviction.ts";
import { cacheFailover } from "../../../policies/aws/cache-failover.ts";
import { cacheSubnets } from "../../../policies/aws/cache-subnets.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const GROUP: Fixture = {
  type: "aws:elasticache/replicationGroup:ReplicationGroup",
  name: "cache",
  props: {
    numCacheClusters: 2,
    automaticFailoverEnabled: true,
    multiAzEnabled: true,
    atRestEncryptionEnabled: true,
    transitEncryptionEnabled: true,
    userGroupIds: [UNKNOWN],
    subnetGroupName: UNKNOWN,
    parameterGroupName: UNKNOWN,
    kmsKeyId: UNKNOWN,
  },
  from: { userGroupIds: ["users"], kmsKeyId: ["key"], parameterGroupName: ["parameters"] },
};
const USERS: readonly Fixture[] = [
  { type: "aws:elasticache/userGroup:UserGroup", name: "users", props: {} },
  { type: "aws:kms/key:Key", name: "key", props: {} },
];
const USER: Fixture = {
  type: "aws:elasticache/user:User",
  name: "user",
  props: {
    userName: "securevpn",
    accessString: "on ~* &* -@all +@read +@write -@dangerous -@admin +info",
    authenticationMode: { type: "password", passwords: [UNKNOWN] },
  },
};
const PARAMETERS: Fixture = {
  type: "aws:elasticache/parameterGroup:ParameterGroup",
  name: "parameters",
  props: { family: "valkey8", parameters: [{ name: "maxmemory-policy", value: "noeviction" }] },
};

describe("policies of the cache", () => {
  describeCases([
    {
      rule: cacheFailover,
      compliant: [GROUP, ...USERS, PARAMETERS],
      fine: [
        {
          title: "one shard with a replica each",
          change: { numCacheClusters: undefined, replicasPerNodeGroup: 1 },
        },
      ],
      violating: [
        {
          title: "no failover",
          change: { automaticFailoverEnabled: false },
          says: /automaticFailoverEnabled must be true/,
        },
        {
          title: "one zone",
          change: { multiAzEnabled: undefined },
          says: /multiAzEnabled must be true/,
        },
        { title: "no replica", change: { numCacheClusters: 1 }, says: /at least 2/ },
      ],
    },
    {
      rule: cacheEncryption,
      compliant: [GROUP, USER, ...USERS, PARAMETERS],
      fine: [
        { title: "an auth token", change: { userGroupIds: undefined, authToken: UNKNOWN } },
        {
          title: "a user of whom preview knows that there is a password, and no more",
          of: USER.name,
          change: { authenticationMode: UNKNOWN },
        },
        {
          title: "the default user, off",
          of: USER.name,
          change: { userName: "default", accessString: "off -@all", authenticationMode: undefined },
        },
      ],
      violating: [
        {
          title: "plain memory",
          change: { atRestEncryptionEnabled: false },
          says: /atRestEncryptionEnabled must be true/,
        },
        {
          title: "plain connections",
          change: { transitEncryptionEnabled: undefined },
          says: /transitEncryptionEnabled must be true/,
        },
        { title: "no users", change: { userGroupIds: [] }, says: /must name the users/ },
        {
          title: "a user without a password",
          of: USER.name,
          change: { noPasswordRequired: true },
          says: /noPasswordRequired must be false/,
        },
        {
          title: "plain connections beside the others",
          change: { transitEncryptionMode: "preferred" },
          says: /transitEncryptionMode must be "required"/,
        },
        {
          title: "a user without a password, by the mode",
          of: USER.name,
          change: { authenticationMode: { type: "no-password-required" } },
          says: /authenticationMode.type must be "password" or "iam"/,
        },
        {
          title: "a user who says nothing of passwords",
          of: USER.name,
          change: { authenticationMode: undefined },
          says: /authenticationMode.type must be/,
        },
        {
          title: "a password that is none, by the rules",
          of: USER.name,
          change: { accessString: "on nopass ~* +@read" },
          says: /must not say nopass/,
        },
        {
          title: "the user of those who name nobody",
          of: USER.name,
          change: { userName: "default" },
          says: /the user default must be off/,
        },
        {
          title: "a user who may empty the server",
          of: USER.name,
          change: { accessString: "on ~* &* +@all" },
          says: /must take away @admin and @dangerous/,
        },
        {
          title: "users of another stack",
          options: { from: { kmsKeyId: ["key"] } },
          says: /userGroupIds must be groups of this stack/,
        },
        {
          title: "AWS's own key",
          change: { kmsKeyId: undefined },
          options: { from: { userGroupIds: ["users"] } },
          says: /kmsKeyId must be a key of this stack/,
        },
        {
          title: "a log of slow commands, with their keys",
          change: { logDeliveryConfigurations: [{ logType: "slow-log" }] },
          says: /logDeliveryConfigurations must be absent/,
        },
      ],
    },
    {
      rule: cacheEviction,
      compliant: [PARAMETERS, GROUP, ...USERS],
      violating: [
        {
          title: "eviction",
          change: { "parameters.0.value": "allkeys-lru" },
          says: /maxmemory-policy to "noeviction"/,
        },
        {
          title: "AWS's default",
          change: { parameters: undefined },
          says: /maxmemory-policy to "noeviction"/,
        },
        {
          title: "a cache with AWS's parameters",
          of: GROUP.name,
          change: { parameterGroupName: undefined },
          says: /must name a group of ours/,
        },
      ],
    },
    {
      rule: cacheSubnets,
      compliant: [GROUP, ...USERS, PARAMETERS],
      violating: [
        {
          title: "no subnet group",
          change: { subnetGroupName: undefined },
          says: /must name a group of ours/,
        },
        {
          title: "the default group",
          change: { subnetGroupName: "default" },
          says: /not the default/,
        },
      ],
    },
  ]);
});
