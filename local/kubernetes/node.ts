import type { CloudContext } from "../cloud/context.ts";
import { setTimeout as delay } from "node:timers/promises";
import { ProcessBudget } from "./budget.ts";
import { hasStatus, type KubernetesClient } from "./client.ts";
import type { ControlPlane } from "./control-plane.ts";
import { Events } from "./events.ts";
import { detectIsolation } from "./isolation.ts";
import { KubeletServer } from "./kubelet-server.ts";
import {
  leaseObject,
  newNode,
  nodeLabels,
  nodeStatus,
  nodeTaints,
  type NodeObject,
} from "./node-object.ts";
import type { LocalNodeSpec } from "./node-spec.ts";
import { keyOf, type Pod } from "./objects.ts";
import { PodRunner } from "./pod.ts";
import { PodAddresses } from "./pod-addresses.ts";
import type { NodeRuntime } from "./runtime.ts";

export type { LocalNodeSpec } from "./node-spec.ts";

const LEASE_MS = 10_000;
const STATUS_MS = 300_000;
const TRIM_LOGS_MS = 5_000;
/** What stopping the cloud leaves to pods: a laptop's Ctrl-C, not a rollout. */
const STOP_GRACE_MS = 5_000;
const DRAIN_MS = 60_000;

/** A node of the embedded cloud: a kubelet whose containers are processes of this machine. */
export class LocalNode {
  readonly spec: LocalNodeSpec;
  readonly #ctx: CloudContext;
  readonly #controlPlane: ControlPlane;
  readonly #client: KubernetesClient;
  readonly #runtime: NodeRuntime;
  readonly #runners = new Map<string, PodRunner>();
  readonly #kubelet: KubeletServer;
  readonly #timers: NodeJS.Timeout[] = [];
  #unsubscribe: () => void = () => {};
  #version = "";

  constructor(ctx: CloudContext, controlPlane: ControlPlane, spec: LocalNodeSpec) {
    this.spec = spec;
    this.#ctx = ctx;
    this.#controlPlane = controlPlane;
    this.#client = controlPlane.client;
    const addresses = new PodAddresses(ctx.addresses, spec.internalIp, () => this.#boundPods());
    const index = spec.internalIp.split(".")[2] ?? "0";
    this.#runtime = {
      ctx,
      controlPlane,
      client: controlPlane.client,
      spec,
      isolation: detectIsolation([ctx.zone.file, controlPlane.caFile]),
      budget:
        spec.processCap instanceof ProcessBudget
          ? spec.processCap
          : new ProcessBudget(spec.processCap),
      wireguardInterface: spec.wireguardInterface ?? `svpn${ctx.addresses.slot}n${index}`,
      events: new Events(controlPlane.client, spec.name),
      takeIp: (pod) => addresses.take(pod),
      releaseIp: (pod) => addresses.release(pod),
    };
    this.#kubelet = new KubeletServer(ctx, spec, (namespace, name) => {
      const pod = controlPlane.pods.get(`${namespace}/${name}`);
      return this.#runners.get(pod?.metadata.uid ?? "");
    });
  }

  /** Registers, and runs what is bound to it from now on. Resolves when the node is Ready. */
  async start(): Promise<void> {
    this.#report("starting");
    this.#version = (await this.#client.get<{ gitVersion: string }>("/version")).gitVersion;
    await this.#kubelet.start();
    await this.#register();
    await this.#renewLease();
    this.#every(LEASE_MS, () => this.#renewLease());
    this.#every(STATUS_MS, () => this.#register());
    this.#every(TRIM_LOGS_MS, async () => {
      for (const runner of this.#runners.values()) runner.trimLogs();
    });
    this.#unsubscribe = this.#controlPlane.pods.subscribe((change, pod) => {
      if (pod.spec.nodeName === this.spec.name) this.#sync(change, pod);
    });
    this.#report("ready");
  }

  /** The cloud stops. Node and pods stay in the API; the next start runs them again. */
  async stop(): Promise<void> {
    this.#quiet();
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop(STOP_GRACE_MS)));
    await this.#kubelet.stop();
    this.#report("stopped");
  }

  /** The machine is taken away: drains its pods, which their controllers start elsewhere, then it is gone. */
  async remove(): Promise<void> {
    await this.#patch("", { spec: { unschedulable: true } }).catch(() => {});
    for (const pod of this.#boundPods()) {
      await this.#client.call("DELETE", podPath(pod)).catch(() => {});
    }
    const deadline = Date.now() + DRAIN_MS;
    while (this.#runners.size > 0 && Date.now() < deadline) await delay(100);
    this.#quiet();
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop(0)));
    await this.#client.call("DELETE", this.#path()).catch((error: unknown) => {
      if (!hasStatus(error, 404)) throw error;
    });
    await this.#kubelet.stop();
    this.#ctx.parts.remove(`node/${this.spec.name}`);
  }

  #sync(change: "added" | "modified" | "deleted", pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    const runner = this.#runners.get(uid);
    if (change === "deleted") {
      // Deleted by force while it still runs here: what is left of it goes.
      if (runner !== undefined) void runner.terminate().finally(() => this.#runners.delete(uid));
      return;
    }
    if (runner !== undefined) {
      runner.update(pod);
      return;
    }
    const phase = pod.status?.phase;
    if (
      (phase === "Succeeded" || phase === "Failed") &&
      pod.metadata.deletionTimestamp === undefined
    )
      return;
    const created = new PodRunner(this.#runtime, pod);
    this.#runners.set(uid, created);
    created.start();
  }

  #boundPods(): Pod[] {
    return this.#controlPlane.pods.list().filter((pod) => pod.spec.nodeName === this.spec.name);
  }

  async #register(): Promise<void> {
    let node = await this.#client.get<NodeObject>(this.#path()).catch((error: unknown) => {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    });
    if (node === undefined)
      node = await this.#client.call<NodeObject>("POST", "/api/v1/nodes", {
        body: newNode(this.spec),
      });
    else {
      const taints = nodeTaints(this.spec, node.spec?.taints ?? []);
      await this.#patch("", { metadata: { labels: nodeLabels(this.spec) }, spec: { taints } });
    }
    await this.#patch("/status", {
      status: nodeStatus(this.spec, this.#version, node, new Date().toISOString()),
    });
  }

  async #renewLease(): Promise<void> {
    const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    const body = leaseObject(this.spec.name, `${new Date().toISOString().slice(0, -1)}000Z`);
    await this.#client.call("PATCH", `${leases}/${this.spec.name}`, {
      contentType: "application/apply-patch+yaml",
      query: { fieldManager: "local-node", force: "true" },
      body,
    });
  }

  #patch(subresource: string, body: unknown): Promise<unknown> {
    return this.#client.call("PATCH", `${this.#path()}${subresource}`, {
      contentType: "application/merge-patch+json",
      body,
    });
  }

  #path(): string {
    return `/api/v1/nodes/${this.spec.name}`;
  }

  /** A call that fails is repeated at its next turn. */
  #every(ms: number, job: () => Promise<void>): void {
    this.#timers.push(setInterval(() => void job().catch(() => {}), ms));
  }

  #quiet(): void {
    this.#unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
  }

  #report(state: "starting" | "ready" | "stopped"): void {
    const { name, internalIp, instanceType, zone, netns } = this.spec;
    const where = `${instanceType ?? "local"} in ${zone}${netns === undefined || netns === "" ? "" : `, network namespace ${netns}`}`;
    this.#ctx.parts.report({
      name: `node/${name}`,
      kind: "node",
      state,
      address: internalIp,
      detail: where,
    });
  }
}

function podPath(pod: Pod): string {
  const [namespace, name] = keyOf(pod).split("/");
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}
