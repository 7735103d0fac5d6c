import { peersAtPeak, vpnNodes } from "../../facts/vpn-nodes.ts";
import {
  CACHE_TYPES,
  DATABASE_CLASSES,
  ENDPOINT_TYPES,
  isBurstable,
  SYSTEM_TYPES,
} from "../../facts/instance-capacity.ts";

/** What a region must carry. */
export interface Demand {
  /** Subscribers and live connections at the peak of the whole platform. */
  readonly subscribers: number;
  readonly connections: number;
  /** The region's part of both, 0 to 1. */
  readonly share: number;
  readonly zones: number;
  /** Transfer of an average subscriber, GB a month (2^30 bytes). */
  readonly gbPerSubscriber: number;
  readonly peakOverAverage: number;
  /** Bytes on the wire per byte of a user. */
  readonly tunnelOverhead: number;
  /** Part of the subscribers, and by what rates a server carries them (facts/assumptions.ts). */
  readonly onlineAtPeak: number;
  readonly gbitPerVcpu: number;
  readonly utilisation: number;
  readonly peersPerServer: number;
}

/** Sizes that config may set; 0 or "" leaves one to the calculation. */
export interface SizeSettings {
  readonly endpointInstanceType: string;
  readonly endpointNodesPerZone: number;
  readonly shards: number;
  readonly databaseInstanceClass: string;
  readonly databaseStorageGb: number;
  readonly cacheNodeType: string;
  readonly systemInstanceType: string;
  readonly systemNodes: number;
  readonly serviceReplicas: number;
}

type Derived = Exclude<keyof SizeSettings, "endpointInstanceType" | "systemInstanceType">;

/** One size, with the arithmetic that leads to it. */
export interface Size {
  readonly key: Derived;
  readonly value: number | string;
  readonly from: "calculated" | "config";
  readonly steps: readonly string[];
  /** Why config's value cannot hold the target; undefined: it can. */
  readonly fault?: string;
}

/**
 * Figures that the arithmetic rests on. Rates are kept below what was measured, so that a size is
 * enough on a bad day; each is one line to change.
 */
export const ASSUMPTIONS = {
  /** A session refreshes its token once in a token's life. */
  refreshSeconds: 900,
  /** Durable statements a second and vCPU of a primary, a third of what its disk takes. */
  writesPerVcpu: 250,
  /** Rows and indexes of an account with its devices, sessions and history. */
  kilobytesPerAccount: 20,
  /** Below 100 GB a dump, an index build and the write-ahead log have no room. */
  minStorageGb: 100,
  /** A shard's part of a restore stays under an hour up to here. */
  accountsPerShard: 500_000,
  /** Slices of a region's block of user ids, one a shard. */
  maxShards: 64,
  /** Two, so that what spans shards is exercised everywhere. */
  minShards: 2,
  /** Lease, its indexes and the limiter's log, bytes; and sessions cached per subscriber. */
  cacheBytesPerConnection: 2_048,
  cacheBytesPerSubscriber: 1_024,
  /** Part of the cache's memory that data may fill. */
  cacheFill: 0.6,
  /** A region that comes back is asked by all its clients within this time. */
  reconnectSeconds: 300,
  requestsPerPod: 200,
  /** What the add-ons, monitoring and the cluster's own workloads request. */
  systemMilliCpu: 4_000,
  systemMemoryGib: 14,
  podMilliCpu: 250,
  podMemoryGib: 0.5,
  /** Of a system node's vCPU and memory, what pods can have. */
  allocatable: 0.85,
} as const;

const GIB = 2 ** 30;
const count = (value: number): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: 1 });

/** VPN servers of a region: one on every endpoint node. */
export const vpnServerCount = (zones: readonly string[], nodesPerZone: number): number =>
  zones.length * nodesPerZone;

function settle(
  key: Derived,
  needed: number,
  set: number,
  steps: readonly string[],
  unit: string,
): Size {
  if (set === 0) return { key, value: needed, from: "calculated", steps };
  const size: Size = { key, value: set, from: "config", steps };
  return set >= needed
    ? size
    : { ...size, fault: `it must be at least ${count(needed)} ${unit} (0: calculated)` };
}

/** Picks the first type of a ladder that is enough; `set` in its place is judged by the same measure. */
function settleType(
  key: Derived,
  set: string,
  ladder: readonly string[],
  isEnough: (type: string) => boolean,
  steps: readonly string[],
): Size {
  const found = ladder.find((type) => !isBurstable(type) && isEnough(type));
  if (set === "") {
    if (found !== undefined) return { key, value: found, from: "calculated", steps };
    const fault = "no known type is enough: raise the number of shards";
    return { key, value: "", from: "calculated", steps, fault };
  }
  const size: Size = { key, value: set, from: "config", steps };
  return isEnough(set)
    ? size
    : { ...size, fault: `it is too small; ${found ?? "no known type"} is enough ("": calculated)` };
}

function endpointNodes(demand: Demand, settings: SizeSettings): Size {
  const { peersPerServer, utilisation } = demand;
  const connections = demand.connections * demand.share;
  const subscribers = demand.subscribers * demand.share;
  const peers = peersAtPeak({ subscribers, connections }, demand.onlineAtPeak);
  const gb = subscribers * demand.gbPerSubscriber * demand.tunnelOverhead;
  const type = settings.endpointInstanceType;
  const plan = vpnNodes(type, { ...demand, gb, peers });
  // The config's schema names the types that are known.
  if (plan === undefined)
    return settle("endpointNodesPerZone", 1, 1, [`${type} is not known`], "nodes a zone");
  const { rates, nodeGbit, byPeers, byTraffic, carrying, perZone, nodes } = plan;
  const { vcpus } = ENDPOINT_TYPES[type] ?? { vcpus: 0 };
  const steps = [
    `by peers: ${count(demand.connections)} connections x ${demand.share} = ${count(peers)}, / ${count(peersPerServer)} a server = ${byPeers}`,
    `by traffic: ${count(subscribers)} subscribers x ${count(demand.gbPerSubscriber)} GB a month, x ${demand.tunnelOverhead} on the wire = ${count(plan.averageGbit)} Gbit/s, x ${demand.peakOverAverage} at the peak = ${count(plan.peakGbit)}`,
    `  ${type}: least of ${count(rates.vCPU)} by ${vcpus} vCPU, ${count(rates["internet gateway"])} by the internet gateway, ` +
      `${count(rates["network baseline"])} baseline, x ${utilisation} = ${count(nodeGbit)} Gbit/s: ${byTraffic} servers`,
    `bound by ${byPeers >= byTraffic ? "peers" : "traffic"}: ${carrying}; without any one of ${demand.zones} zones: ${perZone} a zone, ${nodes} in all`,
  ];
  return settle(
    "endpointNodesPerZone",
    perZone,
    settings.endpointNodesPerZone,
    steps,
    "nodes a zone",
  );
}

function databaseSizes(demand: Demand, settings: SizeSettings): Size[] {
  const a = ASSUMPTIONS;
  const accounts = Math.ceil(demand.subscribers * demand.share);
  const writes = (demand.connections * demand.share) / a.refreshSeconds;
  const needed = Math.max(a.minShards, Math.ceil(accounts / a.accountsPerShard));
  const wanted = settle(
    "shards",
    needed,
    settings.shards,
    [
      `${count(accounts)} accounts / ${count(a.accountsPerShard)} a shard, at least ${a.minShards} = ${needed}`,
    ],
    "shards",
  );
  const shards =
    Number(wanted.value) <= a.maxShards
      ? wanted
      : {
          ...wanted,
          fault: `a region has at most ${a.maxShards}: spread the subscribers over more regions`,
        };
  const number = Math.max(1, Number(shards.value));
  const perShard = writes / number;
  const storage = (accounts * a.kilobytesPerAccount) / 1e6 / number;
  const storageNeeded = Math.ceil(Math.max(a.minStorageGb, storage * 2));
  const instance = settleType(
    "databaseInstanceClass",
    settings.databaseInstanceClass,
    Object.keys(DATABASE_CLASSES),
    (type) => (DATABASE_CLASSES[type]?.sustainedVcpus ?? 0) * a.writesPerVcpu >= perShard,
    [
      `${count(demand.connections * demand.share)} sessions refresh every ${a.refreshSeconds} s = ${count(writes)} writes/s, / ${number} shards = ${count(perShard)}`,
      `a primary takes ${a.writesPerVcpu} writes/s for each vCPU that its class keeps up`,
    ],
  );
  // RDS takes 20 GB at least; a stack without a load may have as little.
  const minimum = settings.databaseStorageGb === 0 ? storageNeeded : Math.ceil(storage * 2);
  const disk = settle(
    "databaseStorageGb",
    minimum,
    settings.databaseStorageGb,
    [
      `${count(accounts)} accounts x ${a.kilobytesPerAccount} kB / ${number} shards = ${count(storage)} GB, doubled for growth, ${a.minStorageGb} unless config says less`,
    ],
    "GB",
  );
  return [shards, instance, disk];
}

function cacheSize(demand: Demand, settings: SizeSettings): Size {
  const a = ASSUMPTIONS;
  const bytes =
    demand.share *
    (demand.connections * a.cacheBytesPerConnection +
      demand.subscribers * a.cacheBytesPerSubscriber);
  const gib = bytes / GIB / a.cacheFill;
  return settleType(
    "cacheNodeType",
    settings.cacheNodeType,
    Object.keys(CACHE_TYPES),
    (type) => (CACHE_TYPES[type] ?? 0) >= gib,
    [
      `${count(demand.connections * demand.share)} connections x ${count(a.cacheBytesPerConnection)} bytes + ${count(demand.subscribers * demand.share)} subscribers x ${count(a.cacheBytesPerSubscriber)} bytes, / ${a.cacheFill} fill = ${count(gib)} GiB`,
    ],
  );
}

function serviceSizes(demand: Demand, settings: SizeSettings): Size[] {
  const a = ASSUMPTIONS;
  const rate = (demand.connections * demand.share) / a.reconnectSeconds;
  const pods = Math.max(demand.zones, Math.ceil(rate / a.requestsPerPod));
  const replicas = settle(
    "serviceReplicas",
    settings.serviceReplicas === 0 ? pods : Math.ceil(rate / a.requestsPerPod),
    settings.serviceReplicas,
    [
      `all clients reconnect within ${a.reconnectSeconds} s: ${count(rate)} requests/s, / ${a.requestsPerPod} a pod; one a zone at least: ${pods}`,
    ],
    "pods",
  );
  const servicePods = 2 * Number(replicas.value);
  const milliCpu = a.systemMilliCpu + servicePods * a.podMilliCpu;
  const memory = a.systemMemoryGib + servicePods * a.podMemoryGib;
  const type = SYSTEM_TYPES[settings.systemInstanceType];
  const byCpu = milliCpu / 1_000 / ((type?.vcpus ?? 1) * a.allocatable);
  const byMemory = memory / ((type?.memoryGib ?? 1) * a.allocatable);
  const perZone = Math.ceil(Math.max(byCpu, byMemory) / (demand.zones - 1));
  const nodes = {
    key: "systemNodes",
    value: settings.systemNodes === 0 ? perZone * demand.zones : settings.systemNodes,
    from: settings.systemNodes === 0 ? "calculated" : "config",
    steps: [
      `requests: ${count(milliCpu / 1_000)} vCPU, ${count(memory)} GiB; ${settings.systemInstanceType} gives ${a.allocatable} of its own: ${count(byCpu)} nodes by vCPU, ${count(byMemory)} by memory`,
      `without any one of ${demand.zones} zones: ${perZone} a zone, ${perZone * demand.zones} in all`,
    ],
  } as const satisfies Size;
  return [replicas, nodes];
}

/** Every size of a region with its arithmetic, in the order of the keys in the report. Pure. */
export function sizesOf(demand: Demand, settings: SizeSettings): readonly Size[] {
  return [
    endpointNodes(demand, settings),
    ...databaseSizes(demand, settings),
    cacheSize(demand, settings),
    ...serviceSizes(demand, settings),
  ];
}

/** The arithmetic as lines for a terminal. */
export const explainSizes = (sizes: readonly Size[]): string[] =>
  sizes.flatMap(({ key, value, from, steps }) => [
    `${key} = ${value} (${from})`,
    ...steps.map((step) => `  ${step}`),
  ]);
