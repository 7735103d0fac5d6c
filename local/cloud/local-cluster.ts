import { join } from "node:path";
import { ProcessBudget } from "../kubernetes/budget.ts";
import { startControlPlane, type ControlPlane } from "../kubernetes/control-plane.ts";
import { LocalNode } from "../kubernetes/node.ts";
import { nodeAddress, type LocalNodeSpec, type Taint } from "../kubernetes/node-spec.ts";
import { ServiceProxies } from "../kubernetes/services.ts";
import type { Underlay } from "../network/underlay.ts";
import type { CloudContext } from "./context.ts";
import { capacityOf } from "./instance-types.ts";
import { Store } from "./store.ts";

/** What the cloud needs to know of a managed node group. */
export interface NodeGroupSpec {
  readonly name: string;
  readonly instanceType: string;
  readonly desiredSize: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Nodes are spread over them in turn. */
  readonly zones: readonly string[];
  /** Nodes have public addresses: they are hosts of the underlay. */
  readonly publicAddresses: boolean;
}

interface NodeRecord {
  readonly group: string;
  /** 1 to 254; a node keeps its number, and with it its address, for life. */
  readonly index: number;
  readonly zone: string;
}

/** Environment variable that caps the processes of pods; the rest of the pods is pretended. */
export const PROCESS_CAP_VARIABLE = "SECUREVPN_PROCESS_CAP";
const DEFAULT_PROCESS_CAP = 200;

/** The cloud's one Kubernetes cluster: its control plane, its nodes by group, its Service proxies. */
export class LocalCluster {
  readonly #ctx: CloudContext;
  readonly #underlay: Underlay;
  readonly #clusters: Store<{ readonly version: string }>;
  readonly #groups: Store<NodeGroupSpec>;
  readonly #nodes: Store<NodeRecord>;
  readonly #running = new Map<string, LocalNode>();
  readonly #budget = new ProcessBudget(Number(process.env[PROCESS_CAP_VARIABLE] ?? DEFAULT_PROCESS_CAP));
  #controlPlane: ControlPlane | undefined;
  #proxies: ServiceProxies | undefined;
  /** Changes happen one after the other: two groups must not draw the same node number. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(ctx: CloudContext, underlay: Underlay) {
    this.#ctx = ctx;
    this.#underlay = underlay;
    const folder = (name: string): string => join(ctx.stateDir, "cloud", name);
    this.#clusters = new Store(folder("clusters"));
    this.#groups = new Store(folder("node-groups"));
    this.#nodes = new Store(folder("nodes"));
  }

  get controlPlane(): ControlPlane | undefined {
    return this.#controlPlane;
  }

  get proxies(): ServiceProxies | undefined {
    return this.#proxies;
  }

  /** Starts what an earlier run left. */
  async revive(): Promise<void> {
    if (this.#clusters.entries().length === 0) return;
    await this.#startControlPlane();
    await Promise.all(this.#nodes.entries().map(([name, record]) => this.#startNode(name, record)));
  }

  createCluster(name: string, version: string): Promise<ControlPlane> {
    return this.#inOrder(async () => {
      this.#clusters.set(name, { version });
      return this.#startControlPlane();
    });
  }

  deleteCluster(name: string): Promise<void> {
    return this.#inOrder(async () => {
      this.#clusters.delete(name);
      await this.#stopControlPlane();
    });
  }

  /** Brings a node group to its size: new nodes join, surplus ones are drained and leave. */
  applyNodeGroup(spec: NodeGroupSpec): Promise<void> {
    return this.#inOrder(async () => {
      this.#groups.set(spec.name, spec);
      const wanted = Array.from({ length: spec.desiredSize }, (_, index) => `${spec.name}-${index}`);
      const surplus = this.#nodesOf(spec.name).filter((name) => !wanted.includes(name));
      for (const name of surplus) await this.#removeNode(name);
      const missing = wanted.filter((name) => this.#nodes.get(name) === undefined);
      for (const name of missing) {
        const zone = spec.zones[wanted.indexOf(name) % spec.zones.length] ?? "";
        this.#nodes.set(name, { group: spec.name, index: this.#freeIndex(), zone });
      }
      await Promise.all(wanted.map(async (name) => {
        const record = this.#nodes.get(name);
        if (record !== undefined && !this.#running.has(name)) await this.#startNode(name, record);
      }));
    });
  }

  removeNodeGroup(name: string): Promise<void> {
    return this.#inOrder(async () => {
      for (const node of this.#nodesOf(name)) await this.#removeNode(node);
      this.#groups.delete(name);
    });
  }

  /** Stops pods, proxies, nodes and control plane, in this order; all of it comes back by `revive`. */
  async stop(): Promise<void> {
    await this.#queue.catch(() => {});
    await Promise.all([...this.#running.values()].map((node) => node.stop()));
    this.#running.clear();
    await this.#stopControlPlane();
  }

  #inOrder<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.catch(() => {}).then(run);
    this.#queue = result;
    return result;
  }

  async #startControlPlane(): Promise<ControlPlane> {
    if (this.#controlPlane !== undefined) return this.#controlPlane;
    const controlPlane = await startControlPlane(this.#ctx);
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

  async #startNode(name: string, record: NodeRecord): Promise<void> {
    const group = this.#groups.get(record.group);
    if (group === undefined || this.#controlPlane === undefined) return;
    const node = new LocalNode(this.#ctx, this.#controlPlane, await this.#specOf(name, record, group));
    this.#running.set(name, node);
    await node.start();
  }

  async #specOf(name: string, record: NodeRecord, group: NodeGroupSpec): Promise<LocalNodeSpec> {
    const base = {
      name,
      instanceType: group.instanceType,
      capacity: capacityOf(group.instanceType),
      labels: { ...group.labels, "eks.amazonaws.com/nodegroup": group.name },
      taints: group.taints,
      zone: record.zone,
      internalIp: nodeAddress(this.#ctx.addresses, record.index),
      processCap: this.#budget,
    };
    if (!group.publicAddresses) return base;
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
    return this.#nodes.entries().filter(([, record]) => record.group === group).map(([name]) => name);
  }

  #freeIndex(): number {
    const taken = new Set(this.#nodes.entries().map(([, record]) => record.index));
    for (let index = 1; index <= 254; index++) if (!taken.has(index)) return index;
    throw new Error("the embedded cloud has at most 254 nodes");
  }
}
