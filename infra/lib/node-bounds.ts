import type { StackConfig } from "../config.ts";

/** Nodes that a group has at the start and at least, and those that it may grow to. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A zone's nodes may grow by themselves to this many times their first number. */
const SYSTEM_GROWTH = 3;
const ENDPOINT_GROWTH = 5;

/** The zone's part of all system nodes, spread evenly, the first zones first. */
export function systemBounds(nodes: number, zone: number, zones: number): Bounds {
  const own = Math.floor(nodes / zones) + (zone < nodes % zones ? 1 : 0);
  // A zone without one at the start still takes the pod whose volume lies there.
  return { min: own, max: Math.max(1, own) * SYSTEM_GROWTH };
}

/** An endpoint group starts larger than its least: the autoscaler may take idle ones away. */
export const endpointBounds = (nodesPerZone: number): Bounds => ({
  min: 1,
  max: nodesPerZone * ENDPOINT_GROWTH,
});

/** The most nodes of one group, by what it is for. */
export const mostNodes = ({
  systemNodes,
  endpointNodesPerZone,
  region,
}: Pick<StackConfig, "systemNodes" | "endpointNodesPerZone" | "region">) => ({
  system: systemBounds(systemNodes, 0, region.zones.length).max,
  endpoint: endpointBounds(endpointNodesPerZone).max,
});
