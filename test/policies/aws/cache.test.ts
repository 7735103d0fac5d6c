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
  },
};
const USER: Fixture = {
  type: "aws:elasticache/user:User",
  name: "user",
  props: { userName: "securevpn", authenticationMode: { type: "password", passwords: [UNKNOWN] } },
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
      compliant: [GROUP],
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
      compliant: [GROUP, USER],
      fine: [{ title: "an auth token", change: { userGroupIds: undefined, authToken: UNKNOWN } }],
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
      ],
    },
    {
      rule: cacheEviction,
      compliant: [PARAMETERS, GROUP],
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
      compliant: [GROUP],
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
