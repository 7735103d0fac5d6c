import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { hasExited, spawnPart, stopPart, type ProcessSpec } from "../cloud/process.ts";
import { afterReboot, endedState, exitOf, killGroup, runWithin } from "./container-end.ts";
import type { Plan } from "./container-plan.ts";
import { CrashBackoff } from "./crash-backoff.ts";
import { ContainerConfigError } from "./environment.ts";
import type { Container, ContainerState, ContainerStatus } from "./objects.ts";
import { perform, Prober, type ActionTarget } from "./probes.ts";
import type { RingLog } from "./ring-log.ts";

export interface ContainerHost {
  readonly podUid: string;
  readonly podIp: string;
  readonly log: RingLog;
  readonly plan: () => Promise<Plan>;
  /** State, readiness or restarts changed. */
  readonly onChange: () => void;
  /** For `kubectl describe`. */
  readonly event: (type: "Normal" | "Warning", reason: string, message: string) => void;
}

export type RestartRule = "Always" | "OnFailure" | "Never";

const CONFIG_RETRY_MS = 2_000;
const LEAST_GRACE_MS = 2_000;

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** One container of a pod: its runs, one after the other, and its probes. */
export class ContainerRunner {
  readonly container: Container;
  readonly log: RingLog;
  /** It was restarted in this life of the cloud; the first run after a start is no crash. */
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

  constructor(
    container: Container,
    host: ContainerHost,
    rule: RestartRule,
    previous: ContainerStatus | undefined,
  ) {
    this.container = container;
    this.log = host.log;
    this.#host = host;
    this.#rule = rule;
    if (previous !== undefined)
      ({ restarts: this.#restarts, lastState: this.#lastState } = afterReboot(previous, now()));
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

  /**
   * preStop, SIGTERM, and SIGKILL when the grace is over. The hook's time counts as grace. Without
   * hooks: the whole cloud stops, so there is no balancer that a hook would have to wait for.
   */
  async stop(graceMs: number, withHooks = true): Promise<void> {
    const endsAt = Date.now() + graceMs;
    this.#stop.abort();
    this.#prober?.stop();
    this.#setReady(false);
    const child = this.#child;
    if (child !== undefined && !hasExited(child)) {
      const hook = this.container.lifecycle?.preStop;
      if (withHooks && hook !== undefined && graceMs > 0) {
        const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
        await Promise.race([perform(hook, this.#target(), graceMs), delay(graceMs), gone]);
      }
      // As a kubelet does: a hook that used up the grace still leaves 2 s to the process.
      if (graceMs > 0)
        await stopPart(child, "SIGTERM", Math.max(LEAST_GRACE_MS, endsAt - Date.now()));
      else await stopPart(child, "SIGKILL");
    }
    await this.#done;
  }

  async #loop(): Promise<void> {
    const backoff = new CrashBackoff();
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
      const code = await this.#runOnce(plan.process).catch((error: unknown) =>
        this.#cannotStart(error),
      );
      if (signal.aborted || this.#rule === "Never" || (this.#rule === "OnFailure" && code === 0))
        return;
      const backoffMs = backoff.after(Date.now() - startedAt);
      this.#lastState = this.#state;
      const message = `back-off ${backoffMs / 1000}s restarting ${this.container.name}: ended with code ${code}`;
      this.#set({ waiting: { reason: "CrashLoopBackOff", message } });
      this.#host.event("Warning", "BackOff", message);
      await wait(backoffMs);
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
      const reason =
        error instanceof ContainerConfigError
          ? "CreateContainerConfigError"
          : "CreateContainerError";
      this.#set({ waiting: { reason, message } });
      this.#host.event("Warning", "Failed", message);
      return undefined;
    }
  }

  /**
   * No process: said to run until the pod ends, or rollouts would wait for ever. An init container that
   * is pretended just succeeds.
   */
  async #stand(plan: Plan, signal: AbortSignal): Promise<void> {
    if (plan.kind === "not run") {
      this.#detail = plan.why;
      this.#host.event("Warning", "NotRun", plan.why);
    }
    if (this.#rule === "Always") {
      this.#markStarted();
      this.#ready = true;
      this.#set({ running: { startedAt: now() } });
    } else {
      this.#set({
        terminated: { exitCode: 0, reason: "Completed", startedAt: now(), finishedAt: now() },
      });
      return;
    }
    await new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true }),
    );
    this.#set({ terminated: { exitCode: 0, reason: "Completed", finishedAt: now() } });
  }

  /** One run of the process; resolves with its exit code as a shell tells it. */
  async #runOnce(process: ProcessSpec): Promise<number> {
    this.log.beginRun();
    const child = spawnPart(process);
    this.#child = child;
    this.#detail = undefined;
    const startedAt = now();
    const ended = exitOf(child);
    this.#set({ running: { startedAt } });
    this.#host.event(
      "Normal",
      "Started",
      `Started container ${this.container.name} as process ${child.pid}`,
    );
    this.#prober = new Prober(this.#target(), {
      onStarted: () => {
        this.#markStarted();
        this.#host.onChange();
      },
      onReady: (ready, why) => {
        this.#detail = why === undefined ? undefined : `Readiness probe failed: ${why}`;
        if (this.#detail !== undefined) this.#host.event("Warning", "Unhealthy", this.#detail);
        this.#setReady(ready);
      },
      onUnhealthy: (why) => {
        this.log.append(`[node] ${why}; restarting the container`);
        this.#host.event("Warning", "Unhealthy", why);
        this.#detail = why;
        this.#prober?.stop();
        void stopPart(child, "SIGTERM", 10_000);
      },
    });
    this.#prober.start();
    const { code, signal, message } = await ended;
    this.#prober.stop();
    killGroup(child);
    this.#ready = false;
    this.#started = false;
    const why = message ?? this.#detail;
    this.#set({
      terminated: {
        ...endedState({ code, signal, message: why }),
        startedAt,
        finishedAt: now(),
        containerID: this.#containerId(),
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

  #target(): ActionTarget {
    return {
      podIp: this.#host.podIp,
      container: this.container,
      exec: async (command, timeoutMs) =>
        this.#plan?.kind === "process" ? runWithin(this.#plan.exec(command), timeoutMs) : 0,
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
