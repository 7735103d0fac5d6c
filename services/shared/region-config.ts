import { readFileSync } from "node:fs";
import { z } from "zod";
import type { RegionConfig } from "../contract/index.ts";

const id = z.string().regex(/^\d{1,19}$/);
const range = { fromId: id, toId: id };
const hostPort = { host: z.string().min(1), port: z.number().int().min(1).max(65535) };

const schema = z.strictObject({
  region: z.string().min(1),
  issuer: z.url(),
  userIds: z.strictObject(range),
  shardMap: z.strictObject({
    version: z.number().int().min(1),
    ranges: z.array(z.strictObject({ shard: z.string(), ...range })).min(1),
    directory: z.array(z.string()).min(1),
  }),
  shards: z
    .array(
      z.strictObject({
        name: z.string(),
        database: z.string(),
        primary: z.strictObject(hostPort),
        replicas: z.array(z.strictObject(hostPort)),
      }),
    )
    .min(1),
  cache: z.strictObject({ ...hostPort, user: z.string(), tls: z.boolean() }),
  tunnel: z.strictObject({ ipv4Cidr: z.string(), ipv6Cidr: z.string() }),
  vpn: z.strictObject({
    udpPort: hostPort.port,
    mtu: z.number().int().min(1280).max(9000),
    gatewayIpv4: z.ipv4(),
    gatewayIpv6: z.ipv6(),
    capacityPeers: z.number().int().min(1),
  }),
  peers: z.array(z.strictObject({ region: z.string(), issuer: z.url() })),
  trustedHops: z.number().int().min(0).max(5),
});

/** What is wrong with a shard map that is well-formed: a wrong one would send a user to a shard that lacks them. */
function shardMapFaults({ shardMap, shards, userIds }: RegionConfig): string[] {
  const faults: string[] = [];
  const known = new Set(shards.map(({ name }) => name));
  for (const shard of [...shardMap.ranges.map((r) => r.shard), ...shardMap.directory]) {
    if (!known.has(shard)) faults.push(`shardMap names ${shard}, which is no shard`);
  }
  const ranges = shardMap.ranges
    .map((r) => ({ from: BigInt(r.fromId), to: BigInt(r.toId) }))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  for (const [index, { from, to }] of ranges.entries()) {
    const previous = ranges[index - 1];
    if (from > to) faults.push(`shardMap.ranges: ${from} to ${to} is empty`);
    if (from < BigInt(userIds.fromId) || to > BigInt(userIds.toId))
      faults.push(`shardMap.ranges: ${from} to ${to} leaves userIds`);
    if (previous !== undefined && from <= previous.to)
      faults.push(`shardMap.ranges: ${from} to ${to} overlaps the range before it`);
  }
  return faults;
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON`, { cause: error });
  }
}

/** Reads region.json. Throws with the path of each wrong field. */
export function readRegionConfig(file: string): RegionConfig {
  const parsed = schema.safeParse(parseJson(file));
  const faults = parsed.success
    ? shardMapFaults(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new Error(`${file}: ${faults.join("; ")}`);
}
