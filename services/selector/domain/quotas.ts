import { loadOf, type ServerState } from "./server.ts";

export interface Weights {
  readonly load: number;
  readonly latency: number;
}

export const DEFAULT_WEIGHTS: Weights = { load: 0.7, latency: 0.3 };

/** Halvings of the level: 2^-40 of the score's range is far below one peer of any server. */
const HALVINGS = 40;

/** Latency of each server in [0, 1]: 0 the best known, 1 the worst; unknown ones count as the mean. */
export function normalisedLatencies(servers: readonly ServerState[]): number[] {
  const known = servers.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs]));
  if (known.length === 0) return servers.map(() => 0);
  const least = known.reduce((a, b) => Math.min(a, b));
  const range = known.reduce((a, b) => Math.max(a, b)) - least;
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  return servers.map(({ latencyMs }) => (range === 0 ? 0 : ((latencyMs ?? mean) - least) / range));
}

/** Score of each server, lower is better: its load (0 to 1) and its normalised latency, weighted. */
export function scores(
  servers: readonly ServerState[],
  weights: Weights = DEFAULT_WEIGHTS,
): number[] {
  const latencies = normalisedLatencies(servers);
  return servers.map(
    (server, index) => weights.load * loadOf(server) + weights.latency * (latencies[index] ?? 0),
  );
}

/**
 * How many of the next `expected` connections each server should take. Connections are poured like
 * water: the server with the lowest score fills first, until all that take part stand at one level of
 * score; none gets more than it has room for. Sorting per request instead sends a whole second's
 * users to one server, since its load is seen only afterwards.
 */
export function quotas(
  servers: readonly ServerState[],
  expected: number,
  weights: Weights = DEFAULT_WEIGHTS,
): number[] {
  const start = scores(servers, weights);
  const room = servers.map(({ capacityPeers, peers }) => Math.max(0, capacityPeers - peers));
  const total = room.reduce((a, b) => a + b, 0);
  if (total <= expected) return room;
  const filled = (level: number, index: number): number => {
    const poured =
      ((level - (start[index] ?? 0)) * (servers[index]?.capacityPeers ?? 0)) / weights.load;
    return Math.min(room[index] ?? 0, Math.max(0, poured));
  };
  let low = start.reduce((a, b) => Math.min(a, b), Infinity);
  let high = weights.load + weights.latency;
  for (let i = 0; i < HALVINGS; i++) {
    const level = (low + high) / 2;
    let sum = 0;
    for (let index = 0; index < servers.length; index++) sum += filled(level, index);
    if (sum < expected) low = level;
    else high = level;
  }
  return servers.map((_, index) => filled(high, index));
}
