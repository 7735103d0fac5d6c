import { CostError } from "./errors.ts";
import { HOURS } from "./plan.ts";
import type { Gibibytes } from "./prices.ts";

/** vCPUs and the rate in Gbit/s that an instance keeps up for ever, which is less than its label. */
const CAPACITY: Readonly<Record<string, readonly [vcpus: number, baseline: number]>> = {
  "c6gn.medium": [1, 1.6],
  "c6gn.large": [2, 3],
  "c6gn.xlarge": [4, 6.3],
  "c6gn.2xlarge": [8, 12.5],
  "c6gn.4xlarge": [16, 25],
  "c6gn.8xlarge": [32, 50],
  "c6gn.12xlarge": [48, 75],
  "c6gn.16xlarge": [64, 100],
  "c7gn.medium": [1, 3.125],
  "c7gn.large": [2, 6.25],
  "c7gn.xlarge": [4, 12.5],
  "c7gn.2xlarge": [8, 25],
  "c7gn.4xlarge": [16, 50],
  "c7gn.8xlarge": [32, 100],
  "c7g.large": [2, 0.937],
  "c7g.xlarge": [4, 1.876],
  "c7g.2xlarge": [8, 3.75],
  "m7g.large": [2, 0.937],
  "m7g.xlarge": [4, 1.876],
  "m7g.2xlarge": [8, 3.75],
  "m7g.4xlarge": [16, 7.5],
};

/** Under 32 vCPU an instance gets at most 5 Gbit/s through an internet gateway; above, half its rate. */
const INTERNET_CAP = { vcpus: 32, gbit: 5, part: 0.5 };
/** Part of a limit that is planned for. */
export const UTILISATION = 0.65;

export interface Load {
  readonly gb: Gibibytes;
  readonly peakOverAverage: number;
  readonly gbitPerVcpu: number;
  /** Subscribers online at the peak. */
  readonly online: number;
  readonly peersPerServer: number;
}

export interface Sizing {
  readonly averageGbit: number;
  readonly peakGbit: number;
  readonly nodes: number;
  /** What decides the number. */
  readonly limit: "vCPU" | "internet gateway" | "network baseline" | "peers";
}

/** From what is carried in a month to the nodes that carry its peak. */
export function sizingOf(instance: string, load: Load): Sizing {
  const capacity = CAPACITY[instance];
  if (capacity === undefined) {
    throw new CostError(
      "instanceTypes",
      `instanceTypes of the endpoint nodes is ${instance}: its rate is not known; it must be one of ${Object.keys(CAPACITY).join(", ")}`,
    );
  }
  const [vcpus, baseline] = capacity;
  const cap = vcpus < INTERNET_CAP.vcpus ? INTERNET_CAP.gbit : baseline * INTERNET_CAP.part;
  const rates = [
    { limit: "vCPU", gbit: vcpus * load.gbitPerVcpu },
    { limit: "internet gateway", gbit: cap },
    { limit: "network baseline", gbit: baseline },
  ] as const;
  const least = rates.reduce((one, other) => (other.gbit < one.gbit ? other : one));
  const averageGbit = (load.gb * 2 ** 30 * 8) / (HOURS * 3_600) / 1e9;
  const peakGbit = averageGbit * load.peakOverAverage;
  const forTraffic = Math.ceil(peakGbit / (least.gbit * UTILISATION));
  const forPeers = Math.ceil(load.online / load.peersPerServer);
  return {
    averageGbit,
    peakGbit,
    nodes: Math.max(forTraffic, forPeers),
    limit: forPeers > forTraffic ? "peers" : least.limit,
  };
}
