import { setTimeout as delay } from "node:timers/promises";
import { hasStatus } from "./client.ts";
import { Coalesced } from "./coalesced.ts";
import type { ContainerHost, ContainerRunner } from "./container.ts";
import type { PodFacts } from "./environment.ts";
import { isReady, type Pod } from "./objects.ts";
import { partState, podStatus, type PodFindings } from "./pod-status.ts";
import type { NodeRuntime } from "./runtime.ts";

const LAST_STATUS_MS = 5_000;
const FORGET_ATTEMPTS = 10;
const FORGET_RETRY_MS = 1_000;

const timestamp = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** The containers of a pod, in the order in which they start. */
export interface PodContainers {
  readonly init: readonly ContainerRunner[];
  readonly main: readonly ContainerRunner[];
}

/** What a node tells of one pod: its status to the API, its containers to the status screen. */
export class PodReporter {
  readonly startTime: string;
  /** The newest view of the pod: the API's, or with the status that is on its way there. */
  pod: Pod;
  readonly #uid: string;
  readonly #runtime: NodeRuntime;
  readonly #facts: PodFacts;
  readonly #containers: PodContainers;
  readonly #pretended: boolean;
  readonly #publish: Coalesced;
  #initialized = false;
  #failed: PodFindings["failed"];

  constructor(
    runtime: NodeRuntime,
    facts: PodFacts,
    containers: PodContainers,
    pretended: boolean,
  ) {
    this.#runtime = runtime;
    this.#facts = facts;
    this.#containers = containers;
    this.#pretended = pretended;
    this.pod = facts.pod;
    this.#uid = facts.pod.metadata.uid ?? "";
    this.startTime = facts.pod.status?.startTime ?? timestamp();
    this.#publish = new Coalesced(() => this.#patchStatus());
  }

  /** Something that the status tells is different now. */
  changed(): void {
    this.#publish.request();
  }

  markInitialized(): void {
    this.#initialized = true;
    this.changed();
  }

  /** The node itself ends the pod. It is told with the next change: that its containers have stopped. */
  markFailed(reason: string, message: string): void {
    this.#failed = { reason, message };
  }

  /** A volume that cannot be made holds all containers up. */
  tellFailedMount(message: string): void {
    this.#report("starting", message);
    this.event("Warning", "FailedMount", message);
  }

  readonly event: ContainerHost["event"] = (...what) =>
    this.#runtime.events.write(this.pod, ...what);

  /** Tells the API nothing more. */
  close(): void {
    this.#publish.close();
  }

  /** Tells the last status, then lets the API forget the pod. */
  async end(): Promise<void> {
    await this.#publish.settled();
    this.#publish.request();
    await Promise.race([this.#publish.settled(), delay(LAST_STATUS_MS)]);
    this.#publish.close();
    await this.#deleteObject();
  }

  /** Takes the pod's containers off the status screen. */
  removeParts(): void {
    for (const runner of [...this.#containers.init, ...this.#containers.main])
      this.#runtime.ctx.parts.remove(this.#partName(runner));
  }

  async #deleteObject(): Promise<void> {
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      gracePeriodSeconds: 0,
      preconditions: { uid: this.#uid },
    };
    for (let attempt = 0; attempt < FORGET_ATTEMPTS; attempt++) {
      try {
        await this.#runtime.client.call("DELETE", this.#path(), { body });
        return;
      } catch (error) {
        if (hasStatus(error, 404) || hasStatus(error, 409)) return;
        await delay(FORGET_RETRY_MS);
      }
    }
  }

  #findings(): PodFindings {
    const { init, main } = this.#containers;
    return {
      podIp: this.#facts.podIp,
      hostIp: this.#facts.hostIp,
      startTime: this.startTime,
      initialized: this.#initialized,
      containers: main.map((runner) => runner.status()),
      initContainers: init.map((runner) => runner.status()),
      failed: this.#failed,
      pretended: this.#pretended
        ? "ProcessCap"
        : main.every((runner) => runner.notRun)
          ? "NoLocalProgram"
          : undefined,
    };
  }

  async #patchStatus(): Promise<void> {
    const status = podStatus(this.pod, this.#findings(), timestamp());
    this.pod = { ...this.pod, status }; // before the answer: the screen does not wait for the API
    this.#report();
    try {
      const answer = await this.#runtime.client.call<Pod>("PATCH", `${this.#path()}/status`, {
        contentType: "application/merge-patch+json",
        body: { metadata: { uid: this.#uid }, status },
      });
      this.pod = answer;
    } catch (error) {
      if (hasStatus(error, 404) || hasStatus(error, 409)) return; // gone, or replaced by another of its name
      throw error;
    }
  }

  #report(state?: "starting", detail?: string): void {
    const phase = this.pod.status?.phase ?? "Pending";
    for (const runner of this.#containers.main) {
      const status = runner.status();
      this.#runtime.ctx.parts.report({
        name: this.#partName(runner),
        kind: "pod",
        state: state ?? partState(phase, isReady(this.pod), status, runner),
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
      this.#containers.init.map((init) => init.detail).find((text) => text !== undefined) ??
      runner.detail
    );
  }

  #partName(runner: ContainerRunner): string {
    const { name } = this.pod.metadata;
    return this.#containers.main.length === 1
      ? `pod/${name}`
      : `pod/${name}/${runner.container.name}`;
  }

  #path(): string {
    return `/api/v1/namespaces/${this.pod.metadata.namespace}/pods/${this.pod.metadata.name}`;
  }
}
