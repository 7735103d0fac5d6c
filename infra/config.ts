import { z } from "zod";
import { overlaps, parseCidr } from "./lib/cidr.ts";
import { accountOf } from "./lib/iam.ts";
import { MAX_VPC_PREFIX } from "./lib/subnets.ts";
import { REGIONS, regionOfStack, TUNNEL_BLOCK, type Region } from "./regions.ts";

function isCidr(text: string): boolean {
  try {
    return parseCidr(text).prefix >= 0;
  } catch {
    return false;
  }
}

/** Whether a VPC of this block holds all subnets and is clear of the tunnels' addresses. */
function isVpcBlock(text: string): boolean {
  return (
    isCidr(text) &&
    parseCidr(text).prefix <= MAX_VPC_PREFIX &&
    !overlaps(parseCidr(text), parseCidr(TUNNEL_BLOCK))
  );
}

const apiCidr = z
  .string()
  .refine(isCidr, { error: "an IPv4 CIDR without host bits, e.g. 192.0.2.0/24", abort: true })
  .refine((text) => !text.endsWith("/0"), "never the whole internet");
const vpcCidr = z
  .string()
  .refine(
    (text) => text === "" || isVpcBlock(text),
    `an IPv4 CIDR without host bits, of /${MAX_VPC_PREFIX} or larger, outside the tunnels' ${TUNNEL_BLOCK}`,
  );
const instanceType = z.string().regex(/^[a-z0-9]+\.[a-z0-9]+$/, "an instance type, e.g. m7g.large");

interface Key {
  readonly schema: z.ZodType;
  readonly type: "string" | "integer" | "boolean" | "array";
  readonly description: string;
  /** An optional key is declared to the engine as "" or []. */
  readonly default: string | number | boolean | readonly string[];
}

const count = (min: number, max: number): z.ZodType<number> => z.number().int().min(min).max(max);

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
    description: "AWS accounts that the stack may touch; empty: any",
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
    description: "Standby in a second zone for primaries and cache",
  },
  backupRetentionDays: {
    schema: count(1, 35),
    type: "integer",
    default: 14,
    description: "Days of automated backups, 1 to 35 (RDS limit)",
  },
  shards: {
    schema: count(1, 64),
    type: "integer",
    default: 2,
    description: "PostgreSQL shards, 1 to 64; each owns one slice of the region's user ids",
  },
  replicasPerShard: {
    schema: count(0, 15),
    type: "integer",
    default: 1,
    description: "Read replicas per shard, 0 to 15 (RDS limit)",
  },
  databaseInstanceClass: {
    schema: z.string().regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, "an RDS class, e.g. db.m7g.large"),
    type: "string",
    default: "db.m7g.large",
    description: "Instance class of primaries and replicas",
  },
  databaseStorageGb: {
    schema: count(20, 65536),
    type: "integer",
    default: 100,
    description: "gp3 storage per instance in GB, 20 to 65,536 (RDS limit)",
  },
  cacheNodeType: {
    schema: z
      .string()
      .regex(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, "an ElastiCache type, e.g. cache.m7g.large"),
    type: "string",
    default: "cache.m7g.large",
    description: "Node type of the cache",
  },
  cacheReplicas: {
    schema: count(0, 5),
    type: "integer",
    default: 1,
    description: "Replicas of the cache's primary, 0 to 5 (ElastiCache limit)",
  },
  systemInstanceType: {
    schema: instanceType,
    type: "string",
    default: "m7g.large",
    description: "Instance type of the system node group",
  },
  systemNodes: {
    schema: count(2, 100),
    type: "integer",
    default: 3,
    description: "Nodes of the system node group",
  },
  endpointInstanceType: {
    schema: instanceType,
    type: "string",
    default: "c6gn.xlarge",
    description: "Instance type of VPN nodes; sustained bandwidth decides",
  },
  endpointNodesPerZone: {
    schema: count(1, 150),
    type: "integer",
    default: 2,
    description: "VPN nodes per zone at the start; the autoscaler moves it later",
  },
  serviceReplicas: {
    schema: count(2, 50),
    type: "integer",
    default: 3,
    description: "Pods of each HTTP service",
  },
} as const satisfies Record<string, Key>;

export type Settings = { readonly [K in keyof typeof KEYS]: z.infer<(typeof KEYS)[K]["schema"]> };

/** The stack's whole configuration, parsed once. */
export interface StackConfig extends Settings {
  readonly stack: string;
  readonly region: Region;
}

export class ConfigError extends Error {}

const PROJECT = "securevpn";
/** Namespaces of others that the engine itself uses. */
const ENGINE_KEYS = new Set(["pulumi:disable-default-providers", "pulumi:tags", "aws:region"]);

function decode(key: Key, text: string): unknown {
  if (key.type === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // the schema says what is wrong with it
  }
}

function parseKey(name: string, key: Key, text: string | undefined, faults: string[]): unknown {
  const value = text === undefined ? key.default : decode(key, text);
  const parsed = key.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map((issue) => issue.message).join("; ");
  faults.push(`${PROJECT}:${name} is ${JSON.stringify(value)}: ${reason} (${key.description})`);
  return undefined;
}

function unknownKeys(raw: Readonly<Record<string, string>>): string[] {
  const known = Object.keys(KEYS);
  return Object.keys(raw)
    .filter((name) => !ENGINE_KEYS.has(name) && !known.some((key) => name === `${PROJECT}:${key}`))
    .map(
      (name) =>
        `${name} is no config key; keys: ${known.map((key) => `${PROJECT}:${key}`).join(", ")}`,
    );
}

function cidrFaults(region: Region): string[] {
  return REGIONS.filter((other) => other.name !== region.name)
    .filter((other) => overlaps(parseCidr(other.cidr), parseCidr(region.cidr)))
    .map(
      (other) =>
        `${PROJECT}:vpcCidr is ${region.cidr}: it overlaps region ${other.name}'s ${other.cidr}`,
    );
}

function accountFaults({ allowedAccountIds, deployerRoleArn }: Settings): string[] {
  // Either may be undefined here: a fault of its own is then already listed.
  if (
    !allowedAccountIds?.length ||
    !deployerRoleArn ||
    allowedAccountIds.includes(accountOf(deployerRoleArn))
  )
    return [];
  return [
    `${PROJECT}:deployerRoleArn is "${deployerRoleArn}": its account is none of ${PROJECT}:allowedAccountIds, ${allowedAccountIds.join(", ")}`,
  ];
}

/**
 * Parses a stack's config (`pulumi.runtime.allConfig()`: every value a string). Throws one
 * ConfigError that lists every fault with key, value and what is allowed, before any resource.
 */
export function parseConfig(stack: string, raw: Readonly<Record<string, string>>): StackConfig {
  const faults = unknownKeys(raw);
  const entries = Object.entries(KEYS).map(([name, key]) => [
    name,
    parseKey(name, key, raw[`${PROJECT}:${name}`], faults),
  ]);
  // Each value went through its own schema above; where one failed, the faults end it below.
  const settings = Object.fromEntries(entries) as Settings;
  const catalogued = regionOfStack(stack);
  const awsRegion = raw["aws:region"];
  if (awsRegion !== undefined && awsRegion !== catalogued.awsRegion) {
    faults.push(
      `aws:region is ${JSON.stringify(awsRegion)}: stack ${stack} is ${catalogued.awsRegion}; the stack's name decides, leave the key out`,
    );
  }
  const region = { ...catalogued, ...(settings.vpcCidr ? { cidr: settings.vpcCidr } : {}) };
  if (settings.vpcCidr) faults.push(...cidrFaults(region));
  faults.push(...accountFaults(settings));
  if (faults.length > 0)
    throw new ConfigError(`configuration of stack ${stack}:\n  ${faults.join("\n  ")}`);
  return Object.freeze({ ...settings, stack, region });
}
