import { z } from "zod";
import {
  apiCidr,
  count,
  dnsUpstreams,
  minors,
  oneOf,
  oneOfOrCalculated,
  recipient,
  vpcCidr,
  zoneNames,
} from "./config-shapes.ts";
import {
  CACHE_TYPES,
  DATABASE_CLASSES,
  ENDPOINT_TYPES,
  SYSTEM_TYPES,
} from "../facts/instance-capacity.ts";
import type { Key } from "./config-key.ts";
import { USE_KEYS } from "./config-keys-use.ts";
import { ENDPOINT_VERSION } from "./versions.ts";

/**
 * Every config key, once: the schema, what Pulumi.yaml declares, and the table in the README. A
 * bound is a vendor limit or the arithmetic named in the description.
 */
export const KEYS = {
  environment: {
    schema: z.enum(["local", "prod"]),
    type: "string",
    default: "prod",
    description: "Tag `environment` of every resource",
  },
  owner: {
    schema: z.string().min(1).max(64),
    type: "string",
    default: "platform",
    description: "Tag `owner` of every resource: the team to call",
  },
  zoneName: {
    schema: z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "a DNS name, e.g. vpn.example.com"),
    type: "string",
    default: "securevpn.example",
    description: "DNS zone; the region's API is `api.<region>.<zone>`",
  },
  hostedZoneId: {
    schema: z.string().min(1),
    type: "string",
    default: "ZONE",
    description: "Route 53 id of that zone",
  },
  allowedAccountIds: {
    schema: z.array(z.string().regex(/^\d{12}$/, "12 digits")).max(4),
    type: "array",
    default: [],
    description:
      "AWS accounts that the stack may touch; empty: any, which the policies take for stack `local` alone",
  },
  deployerRoleArn: {
    schema: z.string().regex(/^arn:aws:iam::\d{12}:role\/.+$/, "the ARN of an IAM role"),
    type: "string",
    default: "arn:aws:iam::000000000000:role/securevpn-deployer",
    description: "Role that runs `pulumi up`; the only cluster admin",
  },
  publicApiCidrs: {
    schema: z.array(apiCidr).max(40),
    type: "array",
    default: [],
    description: "CIDRs that reach the cluster's public endpoint; empty: private endpoint alone",
  },
  vpcCidr: {
    schema: vpcCidr,
    type: "string",
    default: "",
    description: "VPC block in place of the catalogue's; empty: the catalogue's",
  },
  zones: {
    schema: zoneNames,
    type: "array",
    default: [],
    description:
      "Availability zones, 3 or 4, in place of the catalogue's: their letters differ by account, and EKS refuses some",
  },
  dnsUpstreams: {
    schema: dnsUpstreams,
    type: "array",
    default: ["9.9.9.9#dns.quad9.net", "1.1.1.1#cloudflare-dns.com"],
    description:
      "Resolvers that VPN servers ask over TLS, 1 to 8, each `address#name of its certificate`; both defaults promise to keep no client's address",
  },
  protect: {
    schema: z.boolean(),
    type: "boolean",
    default: true,
    description: "Deletion protection and Pulumi `protect` on what holds data",
  },
  finalSnapshots: {
    schema: z.boolean(),
    type: "boolean",
    default: true,
    description: "Keep a last snapshot of a shard that is destroyed",
  },
  multiAz: {
    schema: z.boolean(),
    type: "boolean",
    default: true,
    description:
      "Live through the loss of a zone: standby of primaries and cache, a NAT gateway a zone, a second Prometheus",
  },
  backupRetentionDays: {
    schema: count(1, 35),
    type: "integer",
    default: 14,
    description: "Days of automated backups, 1 to 35 (RDS limit)",
  },
  backupReplication: {
    schema: z.boolean(),
    type: "boolean",
    default: true,
    description: "Copy automated backups of the primaries to a second AWS region",
  },
  secretsVersion: {
    schema: count(1, 1_000_000),
    type: "integer",
    default: 1,
    description: "Raise by one to rotate every password at the next `up`",
  },
  alertEmail: {
    schema: recipient,
    type: "string",
    default: "",
    description: "Who hears of alarms and budgets: an e-mail address or https URL; empty: nobody",
  },
  shards: {
    schema: count(0, 64),
    type: "integer",
    default: 0,
    description:
      "PostgreSQL shards, 1 to 64, each with one slice of the region's user ids; 0: calculated",
  },
  replicasPerShard: {
    schema: count(0, 15),
    type: "integer",
    default: 1,
    description: "Read replicas per shard, 0 to 15 (RDS limit)",
  },
  databaseInstanceClass: {
    schema: oneOfOrCalculated(DATABASE_CLASSES),
    type: "string",
    default: "",
    description: "Instance class of primaries and replicas; empty: calculated",
  },
  databaseStorageGb: {
    schema: z.union([z.literal(0), count(20, 65536)], { error: "0, or 20 to 65536" }),
    type: "integer",
    default: 0,
    description: "gp3 storage per instance in GB, 20 to 65,536 (RDS limit); 0: calculated",
  },
  cacheNodeType: {
    schema: oneOfOrCalculated(CACHE_TYPES),
    type: "string",
    default: "",
    description: "Node type of the cache; empty: calculated",
  },
  cacheReplicas: {
    schema: count(0, 5),
    type: "integer",
    default: 1,
    description: "Replicas of the cache's primary, 0 to 5 (ElastiCache limit)",
  },
  systemInstanceType: {
    schema: oneOf(SYSTEM_TYPES),
    type: "string",
    default: "m7g.large",
    description: "Instance type of the system node group",
  },
  systemNodes: {
    schema: z.union([z.literal(0), count(2, 100)], { error: "0, or 2 to 100" }),
    type: "integer",
    default: 0,
    description: "Nodes of the system node group, 2 to 100; 0: calculated",
  },
  endpointInstanceType: {
    schema: oneOf(ENDPOINT_TYPES),
    type: "string",
    default: "c6gn.xlarge",
    description: "Instance type of VPN nodes; sustained bandwidth decides",
  },
  endpointVersions: {
    schema: minors,
    type: "array",
    default: [ENDPOINT_VERSION],
    description:
      "Endpoint node groups by Kubernetes minor; two while VPN servers move from old nodes to new. An older generation that stays is named with its hash: `1.36-0a1b2c3`",
  },
  endpointNodesPerZone: {
    schema: count(0, 150),
    type: "integer",
    default: 0,
    description: "VPN nodes per zone at the start, 1 to 150; 0: calculated",
  },
  serviceReplicas: {
    schema: z.union([z.literal(0), count(2, 50)], { error: "0, or 2 to 50" }),
    type: "integer",
    default: 0,
    description: "Least pods of each HTTP service, 2 to 50; 0: calculated",
  },
  ...USE_KEYS,
} as const satisfies Record<string, Key>;
