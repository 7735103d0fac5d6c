import { loadavg, availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../shared/log.ts";
import { DesiredPeers } from "./domain/peers.ts";
import { NotRegistered, type Registered, type SelectorClient } from "./store/selector-client.ts";
import type { WireguardDir } from "./store/wireguard-dir.ts";

const RETRY_MS = 1_000;
const MAX_RETRY_MS = 10_000;
/** The reconciles of a fleet must not come in one beat. */
const JITTER = 0.2;
/** Beats that may fail before the agent says that it is not ready. */
const READY_BEATS = 3;

export interface AgentOptions {
  readonly selector: SelectorClient;
  readonly wireguard: WireguardDir;
  readonly udpPort: number;
  readonly version: string;
  readonly log: Logger;
}

/**
 * The agent of one VPN server: registers, beats, and keeps the desired peers by push and by full
 * comparison. While the selector is away it changes nothing: established tunnels live on.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #peers = new DesiredPeers();
  readonly #stop = new AbortController();
  #registered: Registered | undefined;
  #lastBeatMs = 0;
  draining = false;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  get peerCount(): number {
    return this.#peers.list().length;
  }

  /** Why the server is not ready; empty: it is. */
  notReady(): string[] {
    const limitMs = (this.#registered?.heartbeatSeconds ?? 0) * 1000 * READY_BEATS;
    if (this.#registered === undefined) return ["not registered"];
    return Date.now() - this.#lastBeatMs > limitMs ? ["no heartbeat was answered lately"] : [];
  }

  start(): void {
    this.#options.wireguard.writePeers([]);
    void this.#loop("heartbeat", () => this.#beat());
    void this.#loop("reconcile", () => this.#reconcile());
    void this.#loop("stream", () => this.#follow());
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Repeats a task with the pause that it answers (ms); a failure is retried with back-off. */
  async #loop(name: string, task: () => Promise<number>): Promise<void> {
    const { signal } = this.#stop;
    let retryMs = RETRY_MS;
    while (!signal.aborted) {
      let pauseMs = retryMs;
      try {
        pauseMs = await task();
        retryMs = RETRY_MS;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof NotRegistered) this.#registered = undefined;
        this.#options.log.warn({ err: error, task: name }, "the selector does not answer as it should; the peers stay as they are");
        retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
      }
      await sleep(pauseMs * (1 + JITTER * (Math.random() - 0.5)), undefined, { signal }).catch(() => {});
    }
  }

  /** The registration; the first caller makes it. */
  async #register(): Promise<Registered> {
    if (this.#registered !== undefined) return this.#registered;
    const { selector, wireguard, udpPort, version, log } = this.#options;
    const registered = await selector.register(wireguard.publicKey, udpPort, version);
    if (this.#registered === undefined) log.info("registered");
    this.#registered = registered;
    // A selector that had forgotten us may have lost its epochs as well.
    this.#peers.forgetEpoch();
    return registered;
  }

  async #beat(): Promise<number> {
    const { serverId, heartbeatSeconds } = await this.#register();
    const report = this.#options.wireguard.report();
    const nowSeconds = Date.now() / 1000;
    const { draining } = await this.#options.selector.beat(serverId, {
      peers: this.peerCount,
      handshakes: (report?.handshakes ?? []).map(({ publicKey, atSeconds }) => ({ publicKey, ageSeconds: Math.max(0, nowSeconds - atSeconds) })),
      rxBytes: report?.rxBytes ?? 0,
      txBytes: report?.txBytes ?? 0,
      loadRatio: Math.min(1, (loadavg()[0] ?? 0) / availableParallelism()),
      serving: report !== undefined,
    });
    this.draining = draining;
    this.#lastBeatMs = Date.now();
    // Until the data plane reports, the server is not picked: say so as soon as it does.
    return report === undefined ? RETRY_MS : heartbeatSeconds * 1000;
  }

  async #reconcile(): Promise<number> {
    const { serverId, reconcileSeconds } = await this.#register();
    const refusal = this.#peers.replace(await this.#options.selector.peers(serverId));
    if (refusal === undefined) this.#apply();
    else this.#options.log.warn({ refusal }, "a list of peers was not taken over");
    return reconcileSeconds * 1000;
  }

  async #follow(): Promise<number> {
    const { serverId } = await this.#register();
    for await (const event of this.#options.selector.stream(serverId, this.#stop.signal)) {
      if (event.kind === "add") this.#peers.add(event.value, event.value.epoch);
      else if (event.kind === "remove") this.#peers.remove(event.value.publicKey, event.value.epoch);
      else await this.#reconcile();
      this.#apply();
    }
    return RETRY_MS;
  }

  #apply(): void {
    this.#options.wireguard.writePeers(this.#peers.list());
  }
}
