import { ENDPOINT_TYPES } from "./instance-capacity.ts";

/**
 * Through an internet gateway an instance under 32 vCPU gets at most 5 Gbit/s whatever its label, a
 * larger one half of its bandwidth:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html ("Multi-flow
 * traffic": 50 % for instances with 32 or more vCPUs, or 5 Gbps, whichever is larger), read 2026-11.
 */
const INTERNET = { vcpus: 32, gbit: 5, part: 0.5 };
const SECONDS_PER_MONTH = 730 * 3_600;

/** What a region's VPN servers carry, and by what rates. */
export interface NodeDemand {
  /** GB (2^30 bytes) on the wire a month. */
  readonly gb: number;
  readonly peakOverAverage: number;
  /** Connections at the peak. */
  readonly peers: number;
  readonly peersPerServer: number;
  readonly gbitPerVcpu: number;
  /** Part of a node's rate that is planned for. */
  readonly utilisation: number;
  readonly zones: number;
}

type RateLimit = "vCPU" | "internet gateway" | "network baseline";

export interface NodePlan {
  readonly averageGbit: number;
  readonly peakGbit: number;
  /** Gbit/s by each limit, and what is planned for of the least. */
  readonly rates: Readonly<Record<RateLimit, number>>;
  readonly nodeGbit: number;
  readonly byTraffic: number;
  readonly byPeers: number;
  /** The larger of both, before the reserve for a lost zone. */
  readonly carrying: number;
  readonly perZone: number;
  /** In all zones, so that without any one of them the others carry the peak. */
  readonly nodes: number;
  /** What decides the number. */
  readonly limit: RateLimit | "peers";
}

function ratesOf(
  type: string,
  gbitPerVcpu: number,
): Readonly<Record<RateLimit, number>> | undefined {
  const known = ENDPOINT_TYPES[type];
  if (known === undefined) return undefined;
  const { vcpus, baselineGbit } = known;
  return {
    vCPU: vcpus * gbitPerVcpu,
    "internet gateway":
      vcpus < INTERNET.vcpus
        ? INTERNET.gbit
        : Math.max(INTERNET.gbit, baselineGbit * INTERNET.part),
    "network baseline": baselineGbit,
  };
}

/** From what is carried in a month to the nodes that carry its peak; undefined: the type's rate is not known. */
export function vpnNodes(type: string, demand: NodeDemand): NodePlan | undefined {
  const rates = ratesOf(type, demand.gbitPerVcpu);
  if (rates === undefined) return undefined;
  const limits = ["vCPU", "internet gateway", "network baseline"] as const;
  const least = limits.reduce((one, other) => (rates[other] < rates[one] ? other : one));
  const nodeGbit = rates[least] * demand.utilisation;
  const averageGbit = (demand.gb * 2 ** 30 * 8) / SECONDS_PER_MONTH / 1e9;
  const peakGbit = averageGbit * demand.peakOverAverage;
  const byTraffic = Math.ceil(peakGbit / nodeGbit);
  const byPeers = Math.ceil(demand.peers / demand.peersPerServer);
  const carrying = Math.max(byTraffic, byPeers, 1);
  const perZone = Math.ceil(carrying / Math.max(1, demand.zones - 1));
  return {
    averageGbit,
    peakGbit,
    rates,
    nodeGbit,
    byTraffic,
    byPeers,
    carrying,
    perZone,
    nodes: perZone * demand.zones,
    limit: byPeers >= byTraffic ? "peers" : least,
  };
}

/** The plan's connections are carried in any case; the part that is online counts where it asks for more. */
export const peersAtPeak = (
  { subscribers, connections }: { readonly subscribers: number; readonly connections: number },
  onlineAtPeak: number,
): number => Math.ceil(Math.max(connections, subscribers * onlineAtPeak));
