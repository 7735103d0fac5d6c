import { Dealer } from "./dealer.ts";
import { DEFAULT_WEIGHTS, quotas, scores, type Weights } from "./quotas.ts";
import { loadOf, type ServerState } from "./server.ts";
import { summary, verdictOf, type Verdict, type Wish } from "./verdicts.ts";

export interface Snapshot {
  readonly takenAtMs: number;
  readonly servers: readonly ServerState[];
}

export const EMPTY_SNAPSHOT: Snapshot = { takenAtMs: 0, servers: [] };

export interface Picked {
  readonly server: ServerState;
  /** A clause that goes on after "because". */
  readonly reason: string;
}

/** No server can take the connection; `why` counts the reasons. */
export interface NoServer {
  readonly why: string;
}

export interface Recommendation {
  readonly serverId: string;
  readonly score: number;
  readonly reason: string;
}

/** Loads may be this old before a pick shows in them: what is dealt until then is poured at once. */
const HORIZON_SECONDS = 30;
/** Least part of the capacity that is poured at once: one idle server must not take every pick of a second. */
const LEAST_POUR = 0.01;
/** Wishes that differ in what they may have; beyond this the oldest is forgotten. */
const MAX_POOLS = 128;

interface Pool {
  readonly dealer: Dealer;
  readonly candidates: Map<string, ServerState>;
  preparedFor: Snapshot;
  picksPerSecond: number;
}

/** Picks servers from the latest snapshot; whatever a wish needs is prepared once a snapshot. */
export class Picker {
  readonly #random: () => number;
  readonly #weights: Weights;
  readonly #pools = new Map<string, Pool>();
  #snapshot: Snapshot = EMPTY_SNAPSHOT;

  constructor(random: () => number, weights: Weights = DEFAULT_WEIGHTS) {
    this.#random = random;
    this.#weights = weights;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  load(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
  }

  verdicts(wish: Wish): Verdict[] {
    return this.#snapshot.servers.map((server) => verdictOf(server, wish));
  }

  pick(wish: Wish): Picked | NoServer {
    const pool = this.#pool(wish);
    const id = pool?.dealer.deal();
    const server = id === undefined ? undefined : pool?.candidates.get(id);
    if (pool === undefined || server === undefined)
      return { why: summary(this.verdicts(wish)) || "all candidates are full" };
    return { server, reason: this.#reason(server, pool.candidates.size) };
  }

  /** A picked server was not used after all. */
  giveBack(wish: Wish, serverId: string): void {
    this.#pools.get(keyOf(wish))?.dealer.giveBack(serverId);
  }

  /** A picked server turned out to be full or gone: it is left out until the next snapshot. */
  exclude(serverId: string): void {
    for (const { dealer } of this.#pools.values()) dealer.drop(serverId);
  }

  /** Candidates by score, best first. */
  recommend(wish: Wish, limit: number): Recommendation[] {
    const candidates = this.#snapshot.servers.filter((server) => verdictOf(server, wish).candidate);
    const values = scores(candidates, this.#weights);
    return candidates
      .map((server, index) => ({
        serverId: server.id,
        score: round(values[index] ?? 0),
        reason: describe(server),
      }))
      .sort((a, b) => a.score - b.score || a.serverId.localeCompare(b.serverId))
      .slice(0, limit);
  }

  #reason(server: ServerState, candidates: number): string {
    const all = this.#snapshot.servers.length;
    return `${candidates} of ${all} servers can take it and this one's turn came first (${describe(server)})`;
  }

  /** Undefined when no server is a candidate: such wishes are not kept, a caller can make up any number. */
  #pool(wish: Wish): Pool | undefined {
    const key = keyOf(wish);
    const known = this.#pools.get(key);
    if (known?.preparedFor === this.#snapshot) return known;
    const candidates = this.#snapshot.servers.filter((server) => verdictOf(server, wish).candidate);
    if (candidates.length === 0) return undefined;
    const pool = known ?? this.#newPool(key);
    this.#prepare(pool, candidates);
    return pool;
  }

  #newPool(key: string): Pool {
    const oldest = this.#pools.keys().next().value;
    if (this.#pools.size >= MAX_POOLS && oldest !== undefined) this.#pools.delete(oldest);
    const pool: Pool = {
      dealer: new Dealer(this.#random),
      candidates: new Map(),
      preparedFor: EMPTY_SNAPSHOT,
      picksPerSecond: 0,
    };
    this.#pools.set(key, pool);
    return pool;
  }

  #prepare(pool: Pool, candidates: readonly ServerState[]): void {
    const seconds = Math.max(0.1, (this.#snapshot.takenAtMs - pool.preparedFor.takenAtMs) / 1000);
    pool.picksPerSecond = 0.8 * pool.picksPerSecond + (0.2 * pool.dealer.takeCount()) / seconds;
    pool.preparedFor = this.#snapshot;
    pool.candidates.clear();
    for (const server of candidates) pool.candidates.set(server.id, server);
    const capacity = candidates.reduce((sum, { capacityPeers }) => sum + capacityPeers, 0);
    const expected = Math.max(
      pool.picksPerSecond * HORIZON_SECONDS,
      capacity * LEAST_POUR,
      candidates.length,
    );
    const shares = quotas(candidates, expected, this.#weights);
    pool.dealer.update(candidates.map(({ id }, index) => ({ id, quota: shares[index] ?? 0 })));
  }
}

const keyOf = ({ tier, location, serverId }: Wish): string =>
  `${tier}\n${location ?? ""}\n${serverId ?? ""}`;
const round = (value: number): number => Math.round(value * 10_000) / 10_000;

function describe(server: ServerState): string {
  const latency =
    server.latencyMs === undefined
      ? "latency not known yet"
      : `latency ${Math.round(server.latencyMs)} ms`;
  return `load ${Math.round(loadOf(server) * 1000) / 10} %, ${latency}, in ${server.zone}`;
}
