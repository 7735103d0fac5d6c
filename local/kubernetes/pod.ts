import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { claimDirectory } from "./claims.ts";
import { hasStatus } from "./client.ts";
import { Coalesced } from "./coalesced.ts";
import { planContainer, type Plan } from "./container-plan.ts";
import { ContainerRunner, type ContainerHost, type RestartRule } from "./container.ts";
import type { PodFacts } from "./environment.ts";
import { isReady, type Container, type ContainerStatus, type Pod } from "./objects.ts";
import { partState, podStatus, type PodFindings } from "./pod-status.ts";
import { RingLog } from "./ring-log.ts";
import type { NodeRuntime } from "./runtime.ts";
import { shortestTokenSeconds, Volumes } from "./volumes.ts";

const VOLUME_RETRY_MS = 1_000;
const VOLUME_REFRESH_MS = 60_000;

const timestamp = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** One pod on a local node, from its binding to its last status. */
export class PodRunner {
  readonly uid: string;
  readonly #runtime: NodeRuntime;
  readonly #directory: string;
  readonly #facts: PodFacts;
  readonly #volumes: Volumes;
  readonly #init: ContainerRunner[];
  readonly #containers: ContainerRunner[];
  readonly #publish: Coalesced;
  readonly #abort = new AbortController();
  readonly #pretended: boolean;
  readonly #startTime: string;
  #pod: Pod;
  #initialized = false;
  #failed: PodFindings["failed"];
  #ending: Promise<void> | undefined;
  #life: Promise<void> = Promise.resolve();

  constructor(runtime: NodeRuntime, pod: Pod) {
    this.#runtime = runtime;
    this.#pod = pod;
    this.uid = pod.metadata.uid ?? "";
    this.#directory = join(runtime.ctx.stateDir, "pods", this.uid);
    this.#startTime = pod.status?.startTime ?? timestamp();
    this.#facts = {
      pod,
      podIp: pod.spec.hostNetwork === true ? runtime.spec.internalIp : runtime.takeIp(pod),
      hostIp: runtime.spec.internalIp,
    };
    this.#volumes = new Volumes(
      runtime.client,
      this.#facts,
      join(this.#directory, "volumes"),
      runtime.isolation.defaultIdentity,
      (claim) => claimDirectory(runtime.ctx.stateDir, pod.metadata.namespace ?? "default", claim),
    );
    this.#pretended = !runtime.budget.take(pod);
    const { status } = pod;
    this.#init = (pod.spec.initContainers ?? []).map((container) => {
      const rule =
        container.restartPolicy === "Always"
          ? "Always"
          : pod.spec.restartPolicy === "Never"
            ? "Never"
            : "OnFailure";
      return this.#runner(
        container,
        rule,
        status?.initContainerStatuses?.find((s) => s.name === container.name),
      );
    });
    this.#containers = pod.spec.containers.map((container) =>
      this.#runner(
        container,
        restartRule(pod),
        status?.containerStatuses?.find((s) => s.name === container.name),
      ),
    );
    this.#publish = new Coalesced(() => this.#patchStatus());
  }

  /** Begins to run; a pod that is being deleted already is only finished. */
  start(): void {
    this.#changed();
    if (this.#pod.metadata.deletionTimestamp !== undefined) void this.terminate();
    else this.#life = this.#run();
  }

  /** The API's newer view of the pod. */
  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) void this.terminate();
  }

  log(container: string): RingLog | undefined {
    return [...this.#containers, ...this.#init].find(
      (runner) => runner.container.name === container,
    )?.log;
  }

  trimLogs(): void {
    for (const { log } of [...this.#init, ...this.#containers]) log.trim();
  }

  /** Ends the pod because it was deleted, tells its last status and lets the API forget it. */
  terminate(): Promise<void> {
    this.#ending ??= this.#terminate();
    return this.#ending;
  }

  /** The cloud stops: processes end, the API is not told, so that the next start runs the pod again. */
  async stop(graceMs: number): Promise<void> {
    this.#publish.close();
    await this.#stopContainers(graceMs, false);
    this.#release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    void this.#keepVolumesFresh();
    this.#limitLife();
    if (!(await this.#writeVolumes()) || !(await this.#runInit()) || signal.aborted) return;
    this.#initialized = true;
    this.#changed();
    await Promise.all(this.#containers.map((runner) => runner.run()));
    if (signal.aborted) return;
    await this.#stopSidecars(this.#graceMs());
    this.#changed();
  }

  /** In order; a sidecar lets the next go on when it has started. False: the pod ended meanwhile. */
  async #runInit(): Promise<boolean> {
    for (const runner of this.#init) {
      if (this.#abort.signal.aborted) return false;
      const run = runner.run();
      if (isSidecar(runner)) await Promise.race([runner.started(), run]);
      else {
        await run;
        if (!runner.succeeded) return false;
      }
    }
    return true;
  }

  async #writeVolumes(): Promise<boolean> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        if (!this.#pretended) await this.#volumes.write();
        return true;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#report("starting", message);
        this.#runtime.events.write(this.#pod, "Warning", "FailedMount", message);
        await delay(VOLUME_RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
    return false;
  }

  async #keepVolumesFresh(): Promise<void> {
    const { signal } = this.#abort;
    // A kubelet renews a token at 80 % of its life.
    const tokenMs = (shortestTokenSeconds(this.#pod) ?? 3600) * 500;
    while (!signal.aborted && !this.#pretended) {
      await delay(Math.min(VOLUME_REFRESH_MS, tokenMs), undefined, { signal }).catch(() => {});
      if (!signal.aborted) await this.#volumes.refresh().catch(() => {});
    }
  }

  #limitLife(): void {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return;
    const timer = setTimeout(
      () => {
        this.#failed = {
          reason: "DeadlineExceeded",
          message: "Pod was active on the node longer than the specified deadline",
        };
        void this.#stopContainers(this.#graceMs()).then(() => this.#changed());
      },
      Date.parse(this.#startTime) + seconds * 1000 - Date.now(),
    );
    this.#abort.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }

  async #terminate(): Promise<void> {
    await this.#stopContainers(this.#graceMs());
    await this.#publish.settled();
    this.#publish.request();
    await Promise.race([this.#publish.settled(), delay(5_000)]);
    this.#publish.close();
    await this.#deleteObject();
    this.#release();
    for (const runner of [...this.#init, ...this.#containers]) {
      this.#runtime.ctx.parts.remove(this.#partName(runner));
      rmSync(runner.log.file, { force: true });
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #graceMs(): number {
    const seconds =
      this.#pod.metadata.deletionGracePeriodSeconds ??
      this.#pod.spec.terminationGracePeriodSeconds ??
      30;
    return seconds * 1000;
  }

  async #stopContainers(graceMs: number, withHooks = true): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#containers.map((runner) => runner.stop(graceMs, withHooks)));
    await this.#stopSidecars(graceMs, withHooks);
    await this.#life;
  }

  /** Sidecars end after the containers, last started first. */
  async #stopSidecars(graceMs: number, withHooks = true): Promise<void> {
    for (const runner of [...this.#init].reverse()) await runner.stop(graceMs, withHooks);
  }

  async #deleteObject(): Promise<void> {
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      gracePeriodSeconds: 0,
      preconditions: { uid: this.uid },
    };
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        await this.#runtime.client.call("DELETE", this.#path(), { body });
        return;
      } catch (error) {
        if (hasStatus(error, 404) || hasStatus(error, 409)) return;
        await delay(1_000);
      }
    }
  }

  #release(): void {
    this.#runtime.releaseIp(this.#pod);
    if (!this.#pretended) this.#runtime.budget.give(this.#pod);
  }

  #runner(
    container: Container,
    rule: RestartRule,
    previous: ContainerStatus | undefined,
  ): ContainerRunner {
    const { metadata } = this.#pod;
    const file = join(
      this.#runtime.ctx.stateDir,
      "logs",
      "pods",
      `${metadata.namespace}_${metadata.name}_${container.name}.log`,
    );
    const log = new RingLog(file);
    const plan = async (): Promise<Plan> =>
      this.#pretended
        ? { kind: "pretend" }
        : planContainer(
            this.#runtime,
            this.#facts,
            container,
            this.#volumes,
            this.#directory,
            file,
          );
    const event: ContainerHost["event"] = (...what) =>
      this.#runtime.events.write(this.#pod, ...what);
    const host = {
      podUid: this.uid,
      podIp: this.#facts.podIp,
      log,
      plan,
      event,
      onChange: () => this.#changed(),
    };
    return new ContainerRunner(container, host, rule, previous);
  }

  #findings(): PodFindings {
    return {
      podIp: this.#facts.podIp,
      hostIp: this.#facts.hostIp,
      startTime: this.#startTime,
      initialized: this.#initialized,
      containers: this.#containers.map((runner) => runner.status()),
      initContainers: this.#init.map((runner) => runner.status()),
      failed: this.#failed,
      pretended: this.#pretended
        ? "ProcessCap"
        : this.#containers.every((runner) => runner.notRun)
          ? "NoLocalProgram"
          : undefined,
    };
  }

  #changed(): void {
    this.#publish.request();
  }

  async #patchStatus(): Promise<void> {
    const status = podStatus(this.#pod, this.#findings(), timestamp());
    this.#pod = { ...this.#pod, status }; // before the answer: the screen does not wait for the API
    this.#report();
    try {
      const answer = await this.#runtime.client.call<Pod>("PATCH", `${this.#path()}/status`, {
        contentType: "application/merge-patch+json",
        body: { metadata: { uid: this.uid }, status },
      });
      this.#pod = answer;
    } catch (error) {
      if (hasStatus(error, 404) || hasStatus(error, 409)) return; // gone, or replaced by another of its name
      throw error;
    }
  }

  #report(state?: "starting", detail?: string): void {
    const phase = this.#pod.status?.phase ?? "Pending";
    for (const runner of this.#containers) {
      const status = runner.status();
      this.#runtime.ctx.parts.report({
        name: this.#partName(runner),
        kind: "pod",
        state: state ?? partState(phase, isReady(this.#pod), status, runner),
        address: this.#facts.podIp,
        pid: runner.pid,
        detail:
          detail ??
          (runner.pretended ? "pretended: beyond the process cap" : this.#detailOf(runner)),
        logFile: runner.log.file,
        restarts: status.restartCount,
      });
    }
  }

  /** While init containers hold the pod up, they say why. */
  #detailOf(runner: ContainerRunner): string | undefined {
    if (this.#initialized) return runner.detail;
    return (
      this.#init.map((init) => init.detail).find((text) => text !== undefined) ?? runner.detail
    );
  }

  #partName(runner: ContainerRunner): string {
    const { name } = this.#pod.metadata;
    return this.#containers.length === 1 ? `pod/${name}` : `pod/${name}/${runner.container.name}`;
  }

  #path(): string {
    return `/api/v1/namespaces/${this.#pod.metadata.namespace}/pods/${this.#pod.metadata.name}`;
  }
}

const isSidecar = (runner: ContainerRunner): boolean => runner.container.restartPolicy === "Always";

const restartRule = ({ spec: { restartPolicy: policy } }: Pod): RestartRule =>
  policy === "Never" || policy === "OnFailure" ? policy : "Always";
