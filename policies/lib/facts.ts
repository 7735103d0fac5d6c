import { PLAN } from "../../facts/plan.ts";
import { at, isObject, numberAt, objectsAt, textAt, type PlannedObject } from "./planned.ts";
import type { PlannedStack, StackResource } from "./rule.ts";

/** Blocks that a region has to itself. */
export interface Blocks {
  readonly name: string;
  readonly cidr: string;
  /** First and last user id, in decimal. */
  readonly userIds: { readonly fromId: string; readonly toId: string };
  readonly tunnelIpv4: string;
  readonly tunnelIpv6: string;
}

/** Connections that one pod of a workload holds to each primary and each replica. */
export interface Pool {
  readonly workload: string;
  readonly primary: number;
  readonly replica: number;
}

/** What a region is for, and what no resource of it shows. */
export interface RegionFacts {
  /** Subscribers of the whole platform. */
  readonly subscribers: number;
  /** Live connections of the whole platform at its peak. */
  readonly connections: number;
  /** Part of both that this region serves, 0 to 1. */
  readonly share: number;
  /** Peers that one VPN server holds. */
  readonly peersPerServer: number;
  readonly pools: readonly Pool[];
  /** Undefined: the program does not state them. */
  readonly own: Blocks | undefined;
  readonly peers: readonly Blocks[];
}

export const REGION = "securevpn:region:Region";

/** The plan's figures, and the whole platform's where a region does not state its share. */
const DEFAULTS = {
  subscribers: PLAN.subscribers,
  connections: PLAN.connections,
  share: 1,
  peersPerServer: PLAN.peersPerServer,
  pools: [{ workload: "auth", primary: 10, replica: 10 }],
} as const;

function blocksOf(value: PlannedObject, nameKey: string): Blocks | undefined {
  const texts = ["cidr", "userIds.fromId", "userIds.toId", "tunnelIpv4", "tunnelIpv6"];
  const [cidr, fromId, toId, tunnelIpv4, tunnelIpv6] = texts.map((path) => textAt(value, path));
  const name = textAt(value, nameKey);
  if (!name || !cidr || !fromId || !toId || !tunnelIpv4 || !tunnelIpv6) return undefined;
  return { name, cidr, userIds: { fromId, toId }, tunnelIpv4, tunnelIpv6 };
}

function poolsOf(facts: PlannedObject): readonly Pool[] {
  const stated = objectsAt(facts, "pools").map((pool) => ({
    workload: textAt(pool, "workload") ?? "",
    primary: numberAt(pool, "primary") ?? 0,
    replica: numberAt(pool, "replica") ?? 0,
  }));
  return stated.length > 0 ? stated : DEFAULTS.pools;
}

export const regionOf = (stack: PlannedStack): StackResource | undefined =>
  stack.resources.find(({ type }) => type === REGION);

/** The facts that the region's component states as its input `facts`; the plan's where it is silent. */
export function factsOf(stack: PlannedStack): RegionFacts {
  const stated = at(regionOf(stack)?.props, "facts");
  const facts = isObject(stated) ? stated : {};
  const number = (key: "subscribers" | "connections" | "share" | "peersPerServer"): number =>
    numberAt(facts, key) ?? DEFAULTS[key];
  return {
    subscribers: number("subscribers"),
    connections: number("connections"),
    share: number("share"),
    peersPerServer: number("peersPerServer"),
    pools: poolsOf(facts),
    own: blocksOf(facts, "region"),
    peers: objectsAt(facts, "peers")
      .map((peer) => blocksOf(peer, "name"))
      .filter((peer) => peer !== undefined),
  };
}
