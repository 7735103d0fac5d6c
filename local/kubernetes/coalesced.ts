import { setTimeout as delay } from "node:timers/promises";

const RETRY_MS = 1_000;

/**
 * Runs a job one at a time: requests during a run are answered by one more run after it. A run that
 * throws is tried again, so that the last state arrives in the end.
 */
export class Coalesced {
  readonly #job: () => Promise<void>;
  #wanted = false;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(job: () => Promise<void>) {
    this.#job = job;
  }

  request(): void {
    if (this.#closed) return;
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#wanted) this.request();
    });
  }

  /** Resolves when all requests so far are done, or it was closed. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  close(): void {
    this.#closed = true;
    this.#wanted = false;
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      try {
        await this.#job();
      } catch {
        if (this.#closed) return;
        this.#wanted = true;
        await delay(RETRY_MS);
      }
    }
  }
}
