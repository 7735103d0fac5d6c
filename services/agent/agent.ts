import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../shared/log.ts";
import { Activity } from "./domain/activity.ts";
import { addedShape, removedShape } from "./domain/answers.ts";
import type { ServerSentEvent } from "./domain/event-stream.ts";
import { publicKeyOf } from "./domain/keys.ts";
import { PeerSet } from "./domain/peers.ts";
import type { KernelState } from "./domain/wireguard-files.ts";
import { SelectorFailure, type SelectorClient } from "./store/selector-client.ts";
import type { WireguardDirectory } from "./store/wireguard-directory.ts";

/** Twice the selector's lease: without a handshake for so long, no lease stands. */
const ORPHAN_IDLE_SECONDS = 600;
const HANDSHAKES_PER_BEAT = 5_000;
/** Changes that arrive together are written together. */
const WRITE_DELAY_MS = 20;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** Three beats: the selector then takes no more clients to this server. */
const BEAT_VALID_MS = 30_000;
/** How often a new server looks whether its data plane is up, before its first beat. */
const POLL_MS = 200;

export interface AgentOptions {
  readonly selector: SelectorClient;
  readonly directory: WireguardDirectory;
  readonly version: string;
  readonly udpPort: number;
  readonly log: Logger;
}

/**
 * The agent of one VPN server. It tells the selector that the server lives, and writes down the
 * peers that the selector wants. Whatever fails, the peers that it has stay.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #privateKey: string;
  readonly #publicKey: string;
  readonly #peers: PeerSet;
  readonly activity = new Activity();
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #registered = false;
  #serving = false;
  #beatAt = Number.NEGATIVE_INFINITY;
  #heartbeatMs = 10_000;
  #reconcileMs = 60_000;
  #reconciling: Promise<void> = Promise.resolve();
  #writing: Promise<void> = Promise.resolve();
  #writePlanned = false;
  #fillingGap = false;
  refusedLists = 0;

  private constructor(options: AgentOptions, privateKey: string, peers: PeerSet) {
    this.#options = options;
    this.#privateKey = privateKey;
    this.#publicKey = publicKeyOf(privateKey);
    this.#peers = peers;
  }

  /** Takes up what an earlier run of this pod left: its key and its peers. */
  static async open(options: AgentOptions): Promise<Agent> {
    const privateKey = await options.directory.privateKey();
    const known = await options.directory.readDesired();
    const agent = new Agent(options, privateKey, new PeerSet(known?.peers, known?.epoch));
    await agent.#write();
    return agent;
  }

  get peerCount(): number {
    return this.#peers.size;
  }

  kernel(): Promise<KernelState> {
    return this.#options.directory.readKernel();
  }

  /** Why the server should take no clients; empty: it is ready. */
  notReady(): string[] {
    const beats = performance.now() - this.#beatAt < BEAT_VALID_MS;
    return [
      ...(this.#registered ? [] : ["not registered"]),
      ...(beats ? [] : ["no beat was taken for 30 s"]),
      ...(this.#serving ? [] : ["the data plane does not report"]),
    ];
  }

  start(): void {
    this.#loops.push(this.#run());
  }

  /** Ends the loops; files and tunnels stay as they are. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await this.#writing;
  }

  /** Registration comes first: before it there is no list to compare with, and its answer says how often. */
  async #run(): Promise<void> {
    await this.#register();
    await Promise.all([this.#beatLoop(), this.#streamLoop(), this.#reconcileLoop()]);
  }

  async #beatLoop(): Promise<void> {
    for (let waited = 0; waited < this.#heartbeatMs && !(await this.#look()); waited += POLL_MS)
      await this.#sleep(POLL_MS);
    while (!this.#stop.signal.aborted) {
      await this.#beat();
      await this.#sleep(this.#heartbeatMs * (0.95 + 0.1 * Math.random()));
    }
  }

  /** Tries until it is registered or stopped. */
  async #register(): Promise<void> {
    const { selector, version, udpPort, log } = this.#options;
    await this.#persist("registration failed", async () => {
      const answer = await selector.register(
        { publicKey: this.#publicKey, udpPort, version },
        this.#stop.signal,
      );
      this.#heartbeatMs = answer.heartbeatSeconds * 1000;
      this.#reconcileMs = answer.reconcileSeconds * 1000;
      this.#registered = true;
      log.info({ serverId: answer.serverId }, "registered");
    });
  }

  async #beat(): Promise<void> {
    const { selector, log } = this.#options;
    const now = Math.floor(Date.now() / 1000);
    await this.#look();
    const handshakes = this.activity.unreported(HANDSHAKES_PER_BEAT, now);
    try {
      const load = {
        loadRatio: Math.min(1, (loadavg()[0] ?? 0) / availableParallelism()),
        ...this.activity.transfer,
      };
      await selector.beat(
        { peers: this.#peers.size, handshakes, serving: this.#serving, ...load },
        this.#stop.signal,
      );
      this.activity.reported(handshakes, now);
      this.#beatAt = performance.now();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (error instanceof SelectorFailure && error.unknownServer) {
        log.warn("the selector does not know this server: registering again");
        await this.#register();
        void this.#reconcile();
        return;
      }
      log.warn({ err: error }, "beat failed");
    }
  }

  /** Looks at the data plane; true: it carries this server's interface. */
  async #look(): Promise<boolean> {
    const shown = await this.#options.directory.readShown().catch(() => undefined);
    this.#serving = shown?.publicKey === this.#publicKey;
    if (shown === undefined || !this.#serving) return false;
    const now = Math.floor(Date.now() / 1000);
    this.activity.observe(shown.peers, now);
    const dropped = this.#peers.dropIdleOrphans((key) =>
      this.activity.isIdle(key, ORPHAN_IDLE_SECONDS, now),
    );
    if (dropped > 0) this.#planWrite();
    return true;
  }

  async #streamLoop(): Promise<void> {
    const { selector } = this.#options;
    while (!this.#stop.signal.aborted) {
      await this.#persist("the stream of peers failed", () =>
        selector.stream(
          () => void this.#reconcile(),
          (event) => this.#take(event),
          this.#stop.signal,
        ),
      );
      // A stream that ended as it should is opened again, not by all servers at once.
      await this.#sleep(FIRST_RETRY_MS * Math.random());
    }
  }

  #take({ event, data }: ServerSentEvent): void {
    if (event === "resync") {
      void this.#reconcile();
      return;
    }
    const value = parseJson(data);
    const added = event === "add" ? addedShape.safeParse(value).data : undefined;
    const removed = event === "remove" ? removedShape.safeParse(value).data : undefined;
    if (added !== undefined && this.#peers.add(added, added.epoch)) this.#planWrite();
    if (removed !== undefined && this.#peers.remove(removed.publicKey, removed.epoch))
      this.#planWrite();
    // A push before this one was lost, perhaps a removal: not to wait for the next comparison.
    if (this.#peers.hasGap) this.#fillGap();
    if (added === undefined && removed === undefined)
      this.#options.log.warn({ event }, "an event of the stream cannot be used");
  }

  async #reconcileLoop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // Servers that started together must not ask together.
      await this.#sleep(this.#reconcileMs * (0.8 + 0.4 * Math.random()));
      await this.#reconcile();
    }
  }

  /** At most one list beyond the one under way, however many pushes come meanwhile. */
  #fillGap(): void {
    if (this.#fillingGap) return;
    this.#fillingGap = true;
    void this.#reconciling.then(() => {
      this.#fillingGap = false;
      if (this.#peers.hasGap) return this.#reconcile();
      return undefined;
    });
  }

  /** Compares with the whole list; one at a time. */
  #reconcile(): Promise<void> {
    this.#reconciling = this.#reconciling.then(() => this.#reconcileOnce());
    return this.#reconciling;
  }

  async #reconcileOnce(): Promise<void> {
    const { selector, log } = this.#options;
    if (this.#stop.signal.aborted || !this.#registered) return;
    const mark = this.#peers.mark();
    try {
      const { peers, epoch, invalid } = await selector.peers(this.#stop.signal);
      const { added, removed, refused } = this.#peers.reconcile(peers, epoch, mark, invalid);
      if (refused !== undefined) this.refusedLists += 1;
      if (refused !== undefined || invalid > 0)
        log.warn({ ...refused, invalid }, "the list of peers was not taken as it is");
      if (added > 0 || removed > 0) this.#planWrite();
    } catch (error) {
      if (!this.#stop.signal.aborted)
        log.warn({ err: error }, "the list of peers could not be read; all peers stay");
    }
  }

  #planWrite(): void {
    if (this.#writePlanned) return;
    this.#writePlanned = true;
    this.#writing = this.#writing.then(async () => {
      await sleep(WRITE_DELAY_MS);
      this.#writePlanned = false;
      await this.#write().catch((error: unknown) => {
        this.#options.log.error({ err: error }, "the peers could not be written; trying again");
        setTimeout(() => this.#planWrite(), FIRST_RETRY_MS).unref();
      });
    });
  }

  #write(): Promise<void> {
    const { epoch } = this.#peers;
    return this.#options.directory.writeDesired({
      privateKey: this.#privateKey,
      listenPort: this.#options.udpPort,
      epoch,
      peers: this.#peers.list(),
    });
  }

  /** Repeats an action with growing pauses until it succeeds or the agent stops. */
  async #persist(failure: string, action: () => Promise<void>): Promise<void> {
    for (
      let pauseMs = FIRST_RETRY_MS;
      !this.#stop.signal.aborted;
      pauseMs = Math.min(LAST_RETRY_MS, pauseMs * 2)
    ) {
      try {
        await action();
        return;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#options.log.warn({ err: error }, failure);
        await this.#sleep(pauseMs * (0.5 + Math.random() / 2));
      }
    }
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
