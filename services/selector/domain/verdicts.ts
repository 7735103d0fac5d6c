import { TIERS, type Tier } from "../../contract/index.ts";
import type { ServerState } from "./server.ts";

/** What a caller asks for and may have. */
export interface Wish {
  readonly tier: Tier;
  /** Region or zone; absent: anywhere. */
  readonly location?: string | undefined;
  readonly serverId?: string | undefined;
}

export type RefusalReason =
  "silent" | "starting" | "draining" | "tier" | "location" | "other" | "full";

export interface Verdict {
  readonly serverId: string;
  readonly candidate: boolean;
  /** `ok` for a candidate, else the first constraint that it fails. */
  readonly reason: RefusalReason | "ok";
  /** One sentence for a person. */
  readonly detail: string;
}

interface Constraint {
  readonly reason: RefusalReason;
  /** Why the server fails; undefined: it holds. */
  readonly fault: (server: ServerState, wish: Wish) => string | undefined;
}

const rank = (tier: Tier): number => TIERS.indexOf(tier);

export const allowsTier = ({ minTier }: ServerState, tier: Tier): boolean =>
  rank(tier) >= rank(minTier);

/** A location is a region or a zone; none is anywhere. */
export const isIn = ({ region, zone }: ServerState, location: string | undefined): boolean =>
  location === undefined || location === region || location === zone;

/** In the order in which a reader wants to know them: what is wrong with the server comes first. */
const CONSTRAINTS: readonly Constraint[] = [
  { reason: "silent", fault: ({ silent }) => (silent ? "it has missed three beats" : undefined) },
  {
    reason: "starting",
    fault: ({ serving }) => (serving ? undefined : "its data plane has not reported yet"),
  },
  {
    reason: "draining",
    fault: ({ draining }) => (draining ? "it takes no new connections" : undefined),
  },
  {
    reason: "tier",
    fault: (server, { tier }) =>
      allowsTier(server, tier) ? undefined : `it is for ${server.minTier} and above`,
  },
  {
    reason: "location",
    fault: (server, { location }) =>
      isIn(server, location) ? undefined : `it is in ${server.zone}`,
  },
  {
    reason: "other",
    fault: ({ id }, { serverId }) =>
      serverId === undefined || serverId === id ? undefined : "another server was asked for",
  },
  {
    reason: "full",
    fault: ({ peers, capacityPeers }) =>
      peers >= capacityPeers ? `it carries all ${capacityPeers} peers that it can` : undefined,
  },
];

export function verdictOf(server: ServerState, wish: Wish): Verdict {
  for (const { reason, fault } of CONSTRAINTS) {
    const detail = fault(server, wish);
    if (detail !== undefined) return { serverId: server.id, candidate: false, reason, detail };
  }
  return {
    serverId: server.id,
    candidate: true,
    reason: "ok",
    detail: "it can take the connection",
  };
}

/** `2 silent, 1 full`: why none of some servers is a candidate. */
export function summary(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return "no VPN server is registered";
  const counts = new Map<string, number>();
  for (const { candidate, reason } of verdicts) {
    if (!candidate) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
}
