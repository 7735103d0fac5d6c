import type { Logger } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis.ts";
import { KEYS } from "./script.ts";

export interface PeerEvent {
  readonly event: "add" | "remove";
  readonly epoch: number;
  readonly publicKey: string;
  /** Empty for a removal. */
  readonly allowedIps: readonly string[];
}

export interface PeerListener {
  readonly onPeer: (event: PeerEvent) => void;
  /** Messages may have been lost: the whole list has to be read again. */
  readonly onGap: () => void;
}

/** Reads a message of the push channel; undefined: another version's. */
export function parsePush(
  message: string,
): (PeerEvent & { readonly serverId: string }) | undefined {
  const [serverId = "", event, epoch, publicKey = "", addresses = ""] = message.split(" ");
  if ((event !== "add" && event !== "remove") || publicKey === "") return undefined;
  return {
    serverId,
    event,
    epoch: Number(epoch),
    publicKey,
    allowedIps: addresses === "" ? [] : addresses.split(","),
  };
}

/**
 * Passes peer changes, by whichever replica they were made, to the listeners of this one. One channel
 * for all servers: a channel each would save a few hundred short messages a second and cost a race
 * between subscribing and the first change.
 */
export class PushHub {
  readonly #listeners = new Map<string, Set<PeerListener>>();

  constructor(subscriber: Redis, log: Logger) {
    const subscribe = (): void => {
      subscriber.subscribe(KEYS.push).then(
        () => this.#gap(),
        (error: unknown) =>
          log.warn({ err: error }, "not subscribed to peer changes; the reconcile covers it"),
      );
    };
    subscriber.on("ready", subscribe);
    subscriber.on("message", (channel: string, message: string) => {
      if (channel === KEYS.push) this.#forward(message);
    });
    if (subscriber.status === "ready") subscribe();
  }

  /** Listens to the changes of one server; answers what ends it. */
  listen(serverId: string, listener: PeerListener): () => void {
    const listeners = this.#listeners.get(serverId) ?? new Set<PeerListener>();
    listeners.add(listener);
    this.#listeners.set(serverId, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(serverId) === listeners)
        this.#listeners.delete(serverId);
    };
  }

  #forward(message: string): void {
    const push = parsePush(message);
    if (push === undefined) return;
    for (const listener of this.#listeners.get(push.serverId) ?? []) listener.onPeer(push);
  }

  #gap(): void {
    for (const listeners of this.#listeners.values())
      for (const listener of listeners) listener.onGap();
  }
}
