import type { CacheSpec } from "../../parts/redis.ts";
import type { DatabaseSpec } from "../../parts/postgres.ts";
import type { BalancerConfig } from "../../parts/balancer.ts";

/**
 * What acts behind the AWS provider. Every `apply` both makes and changes, and may be repeated: it is
 * called at create, at update, after a failure, and when the cloud comes back from a restart.
 */
export interface AwsBackends {
  readonly database: DatabaseBackend;
  readonly cache: CacheBackend;
  readonly balancer: BalancerBackend;
  readonly cluster: ClusterBackend;
  readonly nodeGroup: NodeGroupBackend;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface DatabaseBackend {
  /** `password` is the master user's, given when it is new. */
  apply(spec: DatabaseSpec, password: string | undefined): Promise<Endpoint>;
  delete(identifier: string): Promise<void>;
  has(identifier: string): boolean;
}

export interface CacheBackend {
  apply(spec: CacheSpec): Promise<Endpoint>;
  delete(identifier: string): Promise<void>;
  has(identifier: string): boolean;
}

export interface BalancerBackend {
  /** Undefined: there is no listener. */
  apply(config: BalancerConfig | undefined): Promise<void>;
}

export interface ClusterSpec {
  readonly name: string;
  readonly region: string;
  /** Kubernetes minor, e.g. `1.35`; undefined: whatever runs. */
  readonly version: string | undefined;
}

export interface ClusterBackend {
  /** Starts the control plane; resolves when it serves. */
  apply(spec: ClusterSpec): Promise<{ readonly endpoint: string; readonly caPem: string }>;
  delete(name: string): Promise<void>;
  has(name: string): boolean;
}

export interface NodeTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface NodeGroupSpec {
  readonly clusterName: string;
  readonly name: string;
  readonly region: string;
  readonly version: string | undefined;
  readonly instanceType: string;
  readonly desiredSize: number;
  readonly minSize: number;
  readonly maxSize: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly NodeTaint[];
  /** Nodes are spread over these in turn; `public`: a node there has an address of its own in the world. */
  readonly subnets: readonly {
    readonly id: string;
    readonly availabilityZone: string;
    readonly public: boolean;
  }[];
}

export interface NodeGroupBackend {
  /** Brings the nodes to the wanted number; resolves when they are ready. */
  apply(spec: NodeGroupSpec): Promise<void>;
  delete(clusterName: string, name: string): Promise<void>;
  has(clusterName: string, name: string): boolean;
}
