import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { PROCESS_CAP_VARIABLE, processCap, ProcessBudget } from "../kubernetes/budget.ts";
import { startControlPlane, type ControlPlane } from "../kubernetes/control-plane.ts";
import { resolveProgram } from "../kubernetes/images.ts";
import { LocalNode } from "../kubernetes/node.ts";
import { nodeAddress, type LocalNodeSpec } from "../kubernetes/node-spec.ts";
import { ServiceProxies } from "../kubernetes/services.ts";
import type { Underlay } from "../network/underlay.ts";
import type {
  ClusterBackend,
  ClusterSpec,
  NodeGroupBackend,
  NodeGroupSpec,
} from "../providers/aws/backends.ts";
import type { CloudContext } from "./context.ts";
import { capacityOf } from "./instance-types.ts";
import { Store } from "./store.ts";

interface NodeRecord {
  readonly group: string;
  /** 1 to 254; a node keeps its number, and with it its address, for life. */
  readonly index: number;
  readonly zone: string;
}

/**
 * The cloud's one Kubernetes cluster: its control plane, its nodes by group, its Service proxies. What
 * there should be is in the AWS provider's records, which are applied again at every start; kept
 * here are the nodes' numbers.
 */
export class LocalCluster {
  readonly #ctx: CloudContext;
  readonly #underlay: Underlay;
  readonly #groups = new Map<string, NodeGroupSpec>();
  readonly #nodes: Store<NodeRecord>;
  readonly #running = new Map<string, LocalNode>();
  readonly #budget: ProcessBudget;
  #name: string | undefined;
  #controlPlane: ControlPlane | undefined;
  #proxies: ServiceProxies | undefined;
  /** Changes happen one after the other: two groups must not draw the same node number. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(ctx: CloudContext, underlay: Underlay) {
    this.#ctx = ctx;
    this.#underlay = underlay;
    this.#budget = new ProcessBudget(
      processCap(),
      ({ image, command }) => "argv" in resolveProgram(image, command, [], ctx.tools),
    );
    this.#nodes = new Store(join(ctx.stateDir, "cloud", "nodes"));
  }

  get controlPlane(): ControlPlane | undefined {
    return this.#controlPlane;
  }

  get proxies(): ServiceProxies | undefined {
    return this.#proxies;
  }

  readonly backend: ClusterBackend = {
    apply: (spec) => this.#inOrder(() => this.#applyCluster(spec)),
    delete: () =>
      this.#inOrder(async () => {
        await this.#stopControlPlane();
        for (const part of this.#ctx.parts.list())
          if (part.kind === "control plane") this.#ctx.parts.remove(part.name);
        for (const folder of ["kubernetes", "volumes"])
          rmSync(join(this.#ctx.stateDir, "parts", folder), { recursive: true, force: true });
        this.#name = undefined;
      }),
    has: (name) => this.#name === name,
  };

  readonly nodeGroupBackend: NodeGroupBackend = {
    apply: (spec) => this.#inOrder(() => this.#applyNodeGroup(spec)),
    delete: (_cluster, name) =>
      this.#inOrder(async () => {
        for (const node of this.#nodesOf(name)) await this.#removeNode(node);
        this.#groups.delete(name);
      }),
    has: (_cluster, name) => this.#groups.has(name),
  };

  /** Stops pods, proxies, nodes and control plane, in this order; the next start brings them back. */
  async stop(): Promise<void> {
    await this.#queue.catch(() => {});
    await Promise.all([...this.#running.values()].map((node) => node.stop()));
    this.#running.clear();
    await this.#stopControlPlane();
  }

  async #applyCluster(spec: ClusterSpec): Promise<{ endpoint: string; caPem: string }> {
    if (this.#name !== undefined && this.#name !== spec.name)
      throw new Error(
        `the embedded cloud runs one cluster, ${this.#name}; ${spec.name} would be a second`,
      );
    const controlPlane = await this.#startControlPlane();
    this.#name = spec.name;
    return { endpoint: controlPlane.server, caPem: controlPlane.caPem };
  }

  /** Brings a node group to its size: new nodes join, surplus ones are drained and leave. */
  async #applyNodeGroup(spec: NodeGroupSpec): Promise<void> {
    this.#groups.set(spec.name, spec);
    const wanted = Array.from({ length: spec.desiredSize }, (_, index) => `${spec.name}-${index}`);
    for (const name of this.#nodesOf(spec.name))
      if (!wanted.includes(name)) await this.#removeNode(name);
    for (const [at, name] of wanted.entries()) {
      const zone = spec.subnets[at % spec.subnets.length]?.availabilityZone ?? `${spec.region}a`;
      if (this.#nodes.get(name) === undefined)
        this.#nodes.set(name, { group: spec.name, index: this.#freeIndex(), zone });
    }
    await Promise.all(
      wanted.filter((name) => !this.#running.has(name)).map((name) => this.#startNode(name, spec)),
    );
  }

  #inOrder<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.catch(() => {}).then(run);
    this.#queue = result;
    return result;
  }

  async #startControlPlane(): Promise<ControlPlane> {
    if (this.#controlPlane !== undefined) return this.#controlPlane;
    const controlPlane = await startControlPlane(this.#ctx);
    if (process.env[PROCESS_CAP_VARIABLE] !== undefined) {
      this.#ctx.say(
        `${PROCESS_CAP_VARIABLE}=${this.#budget.limit}: pods beyond ${this.#budget.limit} processes are pretended`,
      );
    }
    this.#controlPlane = controlPlane;
    this.#proxies = new ServiceProxies(this.#ctx, controlPlane);
    await this.#proxies.start();
    return controlPlane;
  }

  async #stopControlPlane(): Promise<void> {
    await this.#proxies?.stop();
    this.#proxies = undefined;
    await this.#controlPlane?.stop();
    this.#controlPlane = undefined;
  }

  async #startNode(name: string, group: NodeGroupSpec): Promise<void> {
    const record = this.#nodes.get(name);
    if (record === undefined) return;
    if (this.#controlPlane === undefined)
      throw new Error(`node group ${group.name}: there is no cluster`);
    const node = new LocalNode(
      this.#ctx,
      this.#controlPlane,
      await this.#specOf(name, record, group),
    );
    this.#running.set(name, node);
    await node.start();
  }

  async #specOf(name: string, record: NodeRecord, group: NodeGroupSpec): Promise<LocalNodeSpec> {
    const base = {
      name,
      instanceType: group.instanceType,
      ...capacityOf(group.instanceType),
      labels: { ...group.labels, "eks.amazonaws.com/nodegroup": group.name },
      taints: group.taints,
      zone: record.zone,
      region: group.region,
      providerId: `aws:///${record.zone}/i-${createHash("sha256").update(name).digest("hex").slice(0, 17)}`,
      internalIp: nodeAddress(this.#ctx.addresses, record.index),
      processCap: this.#budget,
    };
    if (!group.subnets.some((subnet) => subnet.public)) return base;
    const host = await this.#underlay.addHost(name);
    const simulated = this.#underlay.mode === "simulated";
    return {
      ...base,
      externalIp: host.address,
      netns: host.netns,
      wireguardInterface: host.interfaceName,
      simulatedDataPlane: simulated,
    };
  }

  async #removeNode(name: string): Promise<void> {
    await this.#running.get(name)?.remove();
    this.#running.delete(name);
    await this.#underlay.removeHost(name);
    this.#nodes.delete(name);
  }

  #nodesOf(group: string): string[] {
    return this.#nodes
      .entries()
      .filter(([, record]) => record.group === group)
      .map(([name]) => name);
  }

  #freeIndex(): number {
    const taken = new Set(this.#nodes.entries().map(([, record]) => record.index));
    for (let index = 1; index <= 254; index++) if (!taken.has(index)) return index;
    throw new Error("the embedded cloud has at most 254 nodes");
  }
}
