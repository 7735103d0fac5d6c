import type { AddressPlan } from "../cloud/addresses.ts";
import type { ProcessBudget } from "./budget.ts";

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** One local node: what its instance type and node group say of it. */
export interface LocalNodeSpec {
  /** DNS label, unique in the cluster. */
  readonly name: string;
  /** Shown as `node.kubernetes.io/instance-type`. */
  readonly instanceType?: string;
  readonly capacity: {
    /** Cores, e.g. `"2"`. */
    readonly cpu: string;
    /** e.g. `"8Gi"`. */
    readonly memory: string;
    readonly pods: number;
  };
  /** What is left for pods. @default the capacity */
  readonly allocatable?: LocalNodeSpec["capacity"];
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly zone: string;
  readonly region?: string;
  /** `aws:///us-east-1a/i-0123`. */
  readonly providerId?: string;
  /** `${podPrefix}.<node>.1`: see `nodeAddress`. Its pods get the other addresses of that /24. */
  readonly internalIp: string;
  readonly externalIp?: string;
  /** Name of the network namespace in which containers with NET_ADMIN run; empty: none. */
  readonly netns?: string;
  /** Name of this node's WireGuard interface, unique on the machine, at most 15 characters. */
  readonly wireguardInterface?: string;
  /** No real data plane: containers with NET_ADMIN are replaced by a simulator. */
  readonly simulatedDataPlane?: boolean;
  /** Processes that may run; pods beyond it are pretended. A number holds for this node alone. */
  readonly processCap?: number | ProcessBudget;
}

/** Internal address of the n-th node (1 to 254) of a cloud. */
export function nodeAddress(plan: AddressPlan, index: number): string {
  if (!Number.isInteger(index) || index < 1 || index > 254) {
    throw new RangeError(`node index is ${index}; allowed: a whole number from 1 to 254`);
  }
  return `${plan.podPrefix}.${index}.1`;
}
