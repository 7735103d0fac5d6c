import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis.ts";
import { Picker } from "../domain/picker.ts";
import type { ServerState } from "../domain/server.ts";
import { readSnapshot } from "./servers.ts";

const REFRESH_MS = 1_000;

/**
 * The registry lives in the cache, so that all replicas share it; each keeps a snapshot, renewed
 * about every second, from which it picks without asking anybody. While the cache does not answer
 * the last snapshot stands, and nobody in it falls silent.
 */
export class Registry {
  readonly picker: Picker;
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #loaded = false;

  constructor(redis: Redis, log: Logger, random: () => number = Math.random) {
    this.picker = new Picker(random);
    this.#redis = redis;
    this.#log = log;
  }

  /** A snapshot has been read since the start. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get servers(): readonly ServerState[] {
    return this.picker.snapshot.servers;
  }

  find(id: string): ServerState | undefined {
    return this.servers.find((server) => server.id === id);
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
  }

  async refresh(): Promise<void> {
    this.picker.load(await readSnapshot(this.#redis));
    this.#loaded = true;
  }

  async #run(): Promise<void> {
    let failing = false;
    while (!this.#stop.signal.aborted) {
      try {
        await this.refresh();
        failing = false;
      } catch (error) {
        if (!failing)
          this.#log.warn({ err: error }, "registry not refreshed; the last snapshot stands");
        failing = true;
      }
      await sleep(REFRESH_MS * (0.9 + 0.2 * Math.random()), undefined, {
        signal: this.#stop.signal,
      }).catch(() => {});
    }
  }
}
