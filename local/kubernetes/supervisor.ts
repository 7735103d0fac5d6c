import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { Part, Parts } from "../cloud/parts.ts";
import { hasExited, spawnPart, stopPart, type ProcessSpec } from "../cloud/process.ts";

const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 10_000;
/** A process that ran this long has recovered: the next crash starts the back-off anew. */
const STEADY_MS = 60_000;
const POLL_MS = 50;

export interface SupervisedSpec {
  /** Name of the part. */
  readonly name: string;
  readonly kind: Part["kind"];
  readonly address: string;
  readonly process: ProcessSpec;
  /** Answers whether the process serves; called every 50 ms until it does. */
  readonly isReady: () => Promise<boolean>;
  readonly readyWithinMs: number;
}

/** A process that is started again, with a growing delay, whenever it ends by itself. */
export class SupervisedProcess {
  readonly #parts: Parts;
  readonly #spec: SupervisedSpec;
  #child: ChildProcess | undefined;
  #stopping = false;
  #restarts = 0;
  #loop: Promise<void> = Promise.resolve();
  readonly #wake = new AbortController();

  constructor(parts: Parts, spec: SupervisedSpec) {
    this.#parts = parts;
    this.#spec = spec;
  }

  /** Resolves when it serves for the first time; rejects when it does not in time. */
  async start(): Promise<void> {
    let settle: (error?: Error) => void = () => {};
    const first = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.#loop = this.#run(settle);
    await first;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.abort();
    if (this.#child !== undefined) await stopPart(this.#child);
    await this.#loop;
    this.#report("stopped");
  }

  async #run(settle: (error?: Error) => void): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#stopping) {
      const startedAt = Date.now();
      const ended = this.#spawn();
      const ready = await this.#awaitReady(startedAt);
      if (ready) {
        this.#report("ready");
        settle();
      } else if (!this.#stopping) {
        settle(
          new Error(
            `${this.#spec.name} does not serve on ${this.#spec.address}; see ${this.#spec.process.logFile}`,
          ),
        );
        if (this.#child !== undefined && !hasExited(this.#child))
          await stopPart(this.#child, "SIGKILL");
      }
      const how = await ended;
      if (this.#stopping) break;
      this.#restarts += 1;
      if (Date.now() - startedAt > STEADY_MS) backoffMs = FIRST_BACKOFF_MS;
      this.#report("restarting", `${how}; see ${this.#spec.process.logFile}`);
      await delay(backoffMs, undefined, { signal: this.#wake.signal }).catch(() => {});
      backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS);
    }
    settle(new Error(`${this.#spec.name} was stopped`));
  }

  /** Starts the process; resolves with how it ended. */
  #spawn(): Promise<string> {
    let child: ChildProcess;
    try {
      child = spawnPart(this.#spec.process);
    } catch (error) {
      this.#child = undefined; // its log file cannot be opened, say: the disk is full
      return Promise.resolve(
        `cannot start: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    this.#child = child;
    if (this.#restarts === 0) this.#report("starting");
    return new Promise((resolve) => {
      child.once("error", (error) => resolve(`cannot start: ${error.message}`));
      child.once("exit", (code, signal) =>
        resolve(signal === null ? `ended with code ${code}` : `killed by ${signal}`),
      );
    });
  }

  async #awaitReady(startedAt: number): Promise<boolean> {
    while (
      !this.#stopping &&
      this.#child !== undefined &&
      !hasExited(this.#child) &&
      this.#child.pid !== undefined
    ) {
      if (await this.#spec.isReady().catch(() => false)) return true;
      if (Date.now() - startedAt > this.#spec.readyWithinMs) return false;
      await delay(POLL_MS);
    }
    return false;
  }

  #report(state: Part["state"], detail?: string): void {
    this.#parts.report({
      name: this.#spec.name,
      kind: this.#spec.kind,
      state,
      address: this.#spec.address,
      logFile: this.#spec.process.logFile,
      restarts: this.#restarts,
      ...(state === "ready" || state === "starting" ? { pid: this.#child?.pid } : {}),
      ...(detail === undefined ? {} : { detail }),
    });
  }
}
