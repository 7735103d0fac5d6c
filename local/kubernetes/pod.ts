import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { claimDirectory } from "./claims.ts";
import { planContainer, type Plan } from "./container-plan.ts";
import { ContainerRunner, type ContainerHost, type RestartRule } from "./container.ts";
import type { PodFacts } from "./environment.ts";
import type { Container, ContainerStatus, Pod } from "./objects.ts";
import { PodReporter } from "./pod-reporter.ts";
import { RingLog } from "./ring-log.ts";
import { openNodePorts, type OpenPorts } from "./node-ports.ts";
import type { NodeRuntime } from "./runtime.ts";
import { shortestTokenSeconds, Volumes } from "./volumes.ts";

const VOLUME_RETRY_MS = 1_000;
const VOLUME_REFRESH_MS = 60_000;

/** One pod on a local node, from its binding to its last status. */
export class PodRunner {
  readonly uid: string;
  readonly #runtime: NodeRuntime;
  readonly #directory: string;
  readonly #facts: PodFacts;
  readonly #volumes: Volumes;
  readonly #init: ContainerRunner[];
  readonly #containers: ContainerRunner[];
  readonly #reporter: PodReporter;
  readonly #abort = new AbortController();
  readonly #pretended: boolean;
  #ports: OpenPorts | undefined;
  #ending: Promise<void> | undefined;
  #life: Promise<void> = Promise.resolve();

  constructor(runtime: NodeRuntime, pod: Pod) {
    this.#runtime = runtime;
    this.uid = pod.metadata.uid ?? "";
    this.#directory = join(runtime.ctx.stateDir, "pods", this.uid);
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
    const containers = { init: this.#init, main: this.#containers };
    this.#reporter = new PodReporter(runtime, this.#facts, containers, this.#pretended);
  }

  /** Begins to run; a pod that is being deleted already is only finished. */
  start(): void {
    this.#reporter.changed();
    if (this.#reporter.pod.metadata.deletionTimestamp !== undefined) void this.terminate();
    else this.#life = this.#run();
  }

  /** The API's newer view of the pod. */
  update(pod: Pod): void {
    this.#reporter.pod = pod;
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
    this.#reporter.close();
    await this.#stopContainers(graceMs, false);
    this.#release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    void this.#keepVolumesFresh();
    this.#limitLife();
    if (!(await this.#writeVolumes()) || !(await this.#runInit()) || signal.aborted) return;
    this.#reporter.markInitialized();
    if (!this.#pretended) this.#ports = openNodePorts(this.#runtime, this.#reporter.pod);
    await Promise.all(this.#containers.map((runner) => runner.run()));
    if (signal.aborted) return;
    await this.#stopSidecars(this.#graceMs());
    this.#reporter.changed();
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
        this.#reporter.tellFailedMount(message);
        await delay(VOLUME_RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
    return false;
  }

  async #keepVolumesFresh(): Promise<void> {
    const { signal } = this.#abort;
    // A kubelet renews a token at 80 % of its life.
    const tokenMs = (shortestTokenSeconds(this.#reporter.pod) ?? 3600) * 500;
    while (!signal.aborted && !this.#pretended) {
      await delay(Math.min(VOLUME_REFRESH_MS, tokenMs), undefined, { signal }).catch(() => {});
      if (!signal.aborted) await this.#volumes.refresh().catch(() => {});
    }
  }

  #limitLife(): void {
    const seconds = this.#reporter.pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return;
    const timer = setTimeout(
      () => {
        this.#reporter.markFailed(
          "DeadlineExceeded",
          "Pod was active on the node longer than the specified deadline",
        );
        void this.#stopContainers(this.#graceMs()).then(() => this.#reporter.changed());
      },
      Date.parse(this.#reporter.startTime) + seconds * 1000 - Date.now(),
    );
    this.#abort.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }

  async #terminate(): Promise<void> {
    await this.#stopContainers(this.#graceMs());
    await this.#reporter.end();
    this.#release();
    this.#reporter.removeParts();
    for (const { log } of [...this.#init, ...this.#containers]) rmSync(log.file, { force: true });
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #graceMs(): number {
    const seconds =
      this.#reporter.pod.metadata.deletionGracePeriodSeconds ??
      this.#reporter.pod.spec.terminationGracePeriodSeconds ??
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

  #release(): void {
    this.#ports?.close();
    this.#runtime.releaseIp(this.#reporter.pod);
    if (!this.#pretended) this.#runtime.budget.give(this.#reporter.pod);
  }

  #runner(
    container: Container,
    rule: RestartRule,
    previous: ContainerStatus | undefined,
  ): ContainerRunner {
    const { metadata } = this.#facts.pod;
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
    const host: ContainerHost = {
      podUid: this.uid,
      podIp: this.#facts.podIp,
      log,
      plan,
      // The reporter is made after the containers of which it tells.
      event: (...what) => this.#reporter.event(...what),
      onChange: () => this.#reporter.changed(),
    };
    return new ContainerRunner(container, host, rule, previous);
  }
}

const isSidecar = (runner: ContainerRunner): boolean => runner.container.restartPolicy === "Always";

const restartRule = ({ spec: { restartPolicy: policy } }: Pod): RestartRule =>
  policy === "Never" || policy === "OnFailure" ? policy : "Always";
