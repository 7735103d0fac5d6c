import { createHash } from "node:crypto";
import { Unauthorized, Unavailable } from "../../shared/errors.ts";
import type { KubernetesApi } from "./kubernetes.ts";

export interface AgentIdentity {
  readonly serverId: string;
  readonly zone: string;
  /** Address that clients reach. */
  readonly host: string;
}

interface Known {
  readonly identity: AgentIdentity | undefined;
  readonly atMs: number;
}

/** A review stands for so long; tokens name their node, and a node's address does not move. */
const REVIEW_TTL_MS = 60_000;
/** While the API server is down a known agent stays known: its server still carries its clients. */
const STALE_TTL_MS = 15 * 60_000;
/** A refused token is not asked about again at once. */
const REFUSAL_TTL_MS = 10_000;
const MAX_KNOWN = 10_000;

/** Public id of a server: says nothing of the node's name, and stays while the node does. */
export const serverIdOf = (zone: string, node: string): string =>
  `${zone}-${createHash("sha256").update(node).digest("hex").slice(0, 8)}`;

/** Tells which VPN server a token belongs to. The API server is asked about each token once a minute. */
export class AgentGate {
  readonly #kubernetes: Pick<KubernetesApi, "reviewAgentToken" | "node">;
  readonly #nowMs: () => number;
  /** By the token's digest: no token is kept. */
  readonly #known = new Map<string, Known>();

  constructor(
    kubernetes: Pick<KubernetesApi, "reviewAgentToken" | "node">,
    nowMs: () => number = Date.now,
  ) {
    this.#kubernetes = kubernetes;
    this.#nowMs = nowMs;
  }

  /** Throws Unauthorized for a token that is no VPN server's, Unavailable when nobody can tell. */
  async identify(token: string): Promise<AgentIdentity> {
    const digest = createHash("sha256").update(token).digest("base64url");
    const known = this.#known.get(digest);
    const age = known === undefined ? Infinity : this.#nowMs() - known.atMs;
    if (known?.identity !== undefined && age < REVIEW_TTL_MS) return known.identity;
    if (known !== undefined && known.identity === undefined && age < REFUSAL_TTL_MS)
      throw refusal();
    let identity: AgentIdentity | undefined;
    try {
      identity = await this.#ask(token);
    } catch (error) {
      if (known?.identity !== undefined && age < STALE_TTL_MS) return known.identity;
      throw new Unavailable("The token cannot be checked now; try again.", {
        cause: error,
        privateDetail: "token review",
      });
    }
    this.#remember(digest, identity);
    if (identity === undefined) throw refusal();
    return identity;
  }

  async #ask(token: string): Promise<AgentIdentity | undefined> {
    const node = await this.#kubernetes.reviewAgentToken(token);
    if (node === undefined) return undefined;
    const { zone, host } = await this.#kubernetes.node(node);
    return { serverId: serverIdOf(zone, node), zone, host };
  }

  #remember(digest: string, identity: AgentIdentity | undefined): void {
    const oldest = this.#known.keys().next().value;
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.delete(digest);
    this.#known.set(digest, { identity, atMs: this.#nowMs() });
  }
}

const refusal = (): Unauthorized => new Unauthorized("The token is not a VPN server's.");
