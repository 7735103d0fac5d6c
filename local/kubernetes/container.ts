import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { hasExited, spawnPart, stopPart, type ProcessSpec } from "../cloud/process.ts";
import { ContainerConfigError } from "./environment.ts";
import type { Container, ContainerState, ContainerStatus } from "./objects.ts";
import { perform, Prober, type ActionTarget } from "./probes.ts";
import type { RingLog } from "./ring-log.ts";

/** How a container's process is started: made anew for each run, so that changed Secrets arrive. */
export type Plan =
  | { readonly kind: "process"; readonly process: ProcessSpec; readonly exec: (command: readonly string[]) => ProcessSpec }
  /** Beyond the process cap: said to run. */
  | { readonly kind: "pretend" }
  | { readonly kind: "not run"; readonly why: string };

export interface ContainerHost {
  readonly podUid: string;
  readonly podIp: string;
  readonly log: RingLog;
  readonly plan: () => Promise<Plan>;
  /** State, readiness or restarts changed. */
  readonly onChange: () => void;
}

export type RestartRule = "Always" | "OnFailure" | "Never";

// Shorter than a kubelet's 10 s to 5 min: a laptop has no fleet to protect from a crash loop. As with a
// kubelet, the first restart comes at once.
const AT_ONCE_MS = 50;
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 60_000;
const STEADY_MS = 60_000;
const CONFIG_RETRY_MS = 2_000;

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** One container of a pod: its runs, one after the other, and its probes. */
export class ContainerRunner {
  readonly container: Container;
  readonly log: RingLog;
  /** It was restarted since the cloud started, which is no crash. */
  hasCrashed = false;
  readonly #host: ContainerHost;
  readonly #rule: RestartRule;
  readonly #stop = new AbortController();
  #state: ContainerState = { waiting: { reason: "PodInitializing" } };
  #lastState: ContainerState = {};
  #restarts = 0;
  #ready = false;
  #started = false;
  #child: ChildProcess | undefined;
  #plan: Plan | undefined;
  #prober: Prober | undefined;
  #detail: string | undefined;
  #done: Promise<void> = Promise.resolve();
  #onStarted: () => void = () => {};

  constructor(container: Container, host: ContainerHost, rule: RestartRule, previous: ContainerStatus | undefined) {
    this.container = container;
    this.log = host.log;
    this.#host = host;
    this.#rule = rule;
    if (previous !== undefined) this.#continueFrom(previous);
  }

  /** The pod was on this node before the cloud ended: this run is its next restart. */
  #continueFrom(previous: ContainerStatus): void {
    const ran = previous.state.running !== undefined || previous.state.terminated !== undefined;
    this.#restarts = previous.restartCount + (ran ? 1 : 0);
    if (previous.state.running !== undefined) {
      this.#lastState = {
        terminated: {
          exitCode: 255,
          reason: "Unknown",
          startedAt: previous.state.running.startedAt,
          finishedAt: now(),
          ...(previous.containerID === undefined ? {} : { containerID: previous.containerID }),
        },
      };
    } else {
      this.#lastState = previous.state.terminated === undefined ? previous.lastState : previous.state;
    }
  }

  /** Runs until it ends for good. */
  run(): Promise<void> {
    this.#done = this.#loop();
    return this.#done;
  }

  /** Resolves when a sidecar has started for the first time. */
  started(): Promise<void> {
    if (this.#started) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onStarted = resolve;
    });
  }

  get pid(): number | undefined {
    return this.#child === undefined || hasExited(this.#child) ? undefined : this.#child.pid;
  }

  /** One sentence for a person. */
  get detail(): string | undefined {
    return this.#state.waiting?.message ?? this.#detail;
  }

  get pretended(): boolean {
    return this.#plan?.kind === "pretend";
  }

  get notRun(): boolean {
    return this.#plan?.kind === "not run";
  }

  get succeeded(): boolean {
    return this.#state.terminated?.exitCode === 0;
  }

  status(): ContainerStatus {
    return {
      name: this.container.name,
      image: this.container.image,
      imageID: this.#plan === undefined ? "" : `local://${this.container.image}`,
      ready: this.#ready,
      started: this.#started,
      restartCount: this.#restarts,
      state: this.#state,
      lastState: this.#lastState,
      ...(this.#plan === undefined ? {} : { containerID: this.#containerId() }),
    };
  }

  /** preStop, SIGTERM, and SIGKILL when the grace is over. The hook's time counts as grace. */
  async stop(graceMs: number): Promise<void> {
    const endsAt = Date.now() + graceMs;
    this.#stop.abort();
    this.#prober?.stop();
    this.#setReady(false);
    const child = this.#child;
    if (child !== undefined && !hasExited(child)) {
      const hook = this.container.lifecycle?.preStop;
      if (hook !== undefined && graceMs > 0) {
        const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
        await Promise.race([perform(hook, this.#target(), graceMs), delay(graceMs), gone]);
      }
      const stopSignal = graceMs > 0 ? "SIGTERM" : "SIGKILL";
      await stopPart(child, stopSignal, Math.max(0, endsAt - Date.now()));
    }
    await this.#done;
  }

  async #loop(): Promise<void> {
    let backoffMs = AT_ONCE_MS;
    const { signal } = this.#stop;
    const wait = (ms: number): Promise<void> => delay(ms, undefined, { signal }).catch(() => {});
    while (!signal.aborted) {
      const plan = await this.#prepare();
      if (plan === undefined) {
        await wait(CONFIG_RETRY_MS);
        continue;
      }
      if (signal.aborted) return;
      if (plan.kind !== "process") return this.#stand(plan, signal);
      const startedAt = Date.now();
      const code = await this.#runOnce(plan.process).catch((error: unknown) => this.#cannotStart(error));
      if (signal.aborted || this.#rule === "Never" || (this.#rule === "OnFailure" && code === 0)) return;
      if (Date.now() - startedAt > STEADY_MS) backoffMs = AT_ONCE_MS;
      this.#lastState = this.#state;
      const message = `back-off ${backoffMs / 1000}s restarting ${this.container.name}: ended with code ${code}`;
      this.#set({ waiting: { reason: "CrashLoopBackOff", message } });
      await wait(backoffMs);
      backoffMs = Math.min(Math.max(backoffMs * 2, FIRST_BACKOFF_MS), LAST_BACKOFF_MS);
      if (signal.aborted) {
        this.#set(this.#lastState);
        return;
      }
      this.#restarts += 1;
      this.hasCrashed = true;
    }
  }

  async #prepare(): Promise<Plan | undefined> {
    try {
      this.#plan = await this.#host.plan();
      return this.#plan;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const reason = error instanceof ContainerConfigError ? "CreateContainerConfigError" : "CreateContainerError";
      this.#set({ waiting: { reason, message } });
      return undefined;
    }
  }

  /** No process: stays as it is until the pod ends. An init container that is pretended just succeeds. */
  async #stand(plan: Plan, signal: AbortSignal): Promise<void> {
    if (plan.kind === "not run") {
      this.#set({ waiting: { reason: "NotRun", message: plan.why } });
    } else if (this.#rule === "Always") {
      this.#markStarted();
      this.#ready = true;
      this.#set({ running: { startedAt: now() } });
    } else {
      this.#set({ terminated: { exitCode: 0, reason: "Completed", startedAt: now(), finishedAt: now() } });
      return;
    }
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    this.#set({ terminated: { exitCode: 0, reason: "Completed", finishedAt: now() } });
  }

  /** One run of the process; resolves with its exit code as a shell tells it. */
  async #runOnce(process: ProcessSpec): Promise<number> {
    this.log.beginRun();
    const child = spawnPart(process);
    this.#child = child;
    this.#detail = undefined;
    const startedAt = now();
    const ended = new Promise<{ code: number; signal: NodeJS.Signals | null; message?: string }>((resolve) => {
      child.once("error", (error) => resolve({ code: 127, signal: null, message: error.message }));
      child.once("exit", (code, signal) => resolve({ code: code ?? 128 + constants.signals[signal ?? "SIGKILL"], signal }));
    });
    this.#set({ running: { startedAt } });
    this.#prober = new Prober(this.#target(), {
      onStarted: () => {
        this.#markStarted();
        this.#host.onChange();
      },
      onReady: (ready, why) => {
        this.#detail = why === undefined ? undefined : `Readiness probe failed: ${why}`;
        this.#setReady(ready);
      },
      onUnhealthy: (why) => {
        this.log.append(`[node] ${why}; restarting the container`);
        this.#detail = why;
        this.#prober?.stop();
        void stopPart(child, "SIGTERM", 10_000);
      },
    });
    this.#prober.start();
    const { code, signal, message } = await ended;
    this.#prober.stop();
    this.#killGroup(child);
    this.#ready = false;
    this.#started = false;
    const why = message ?? this.#detail;
    this.#set({
      terminated: {
        exitCode: code,
        reason: code === 0 ? "Completed" : "Error",
        startedAt,
        finishedAt: now(),
        containerID: this.#containerId(),
        ...(signal === null ? {} : { signal: constants.signals[signal] }),
        ...(why === undefined ? {} : { message: why }),
      },
    });
    return code;
  }

  /** The machine refused a process or its log file: a full disk, no more processes. */
  #cannotStart(error: unknown): number {
    const message = error instanceof Error ? error.message : String(error);
    this.#set({ terminated: { exitCode: 128, reason: "StartError", message, finishedAt: now() } });
    return 128;
  }

  /** Grandchildren must not outlive the container. */
  #killGroup(child: ChildProcess): void {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group is empty.
    }
  }

  #target(): ActionTarget {
    return {
      podIp: this.#host.podIp,
      container: this.container,
      exec: async (command, timeoutMs) => {
        if (this.#plan?.kind !== "process") return 0;
        const child = spawnPart(this.#plan.exec(command));
        const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
        const code = await new Promise<number>((resolve) => {
          child.once("error", () => resolve(127));
          child.once("exit", (status) => resolve(status ?? 137));
        });
        clearTimeout(timer);
        return code;
      },
    };
  }

  #containerId(): string {
    return `local://${this.#host.podUid}-${this.container.name}-${this.#restarts}`;
  }

  #markStarted(): void {
    this.#started = true;
    this.#onStarted();
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    this.#host.onChange();
  }

  #set(state: ContainerState): void {
    this.#state = state;
    this.#host.onChange();
  }
}
