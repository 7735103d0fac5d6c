/** vCPUs by the size that a type's name ends with; larger ones are multiples of four. */
const VCPUS: Readonly<Record<string, number>> = {
  nano: 2,
  micro: 2,
  small: 2,
  medium: 1,
  large: 2,
  xlarge: 4,
};
/** GiB per vCPU of a family's first letter. */
const GIB_PER_VCPU: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8 };
/** Burstable types follow no ratio: GiB by size. */
const BURSTABLE_GIB: Readonly<Record<string, number>> = {
  nano: 0.5,
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
};

/**
 * Network interfaces and addresses an interface, by size: what `eni-max-pods.txt` of
 * awslabs/amazon-eks-ami says of the c, m and r families of generations 5 to 8g. Later Intel and AMD types carry
 * more; a scheduler that is told too few errs on the safe side.
 */
const INTERFACES: Readonly<Record<string, readonly [interfaces: number, addresses: number]>> = {
  medium: [2, 4],
  large: [3, 10],
  xlarge: [4, 15],
  "2xlarge": [4, 15],
  "4xlarge": [8, 30],
  "8xlarge": [8, 30],
  "12xlarge": [8, 30],
};
const LARGEST_INTERFACES = [15, 50] as const;
const BURSTABLE_INTERFACES: typeof INTERFACES = {
  nano: [2, 2],
  micro: [2, 2],
  small: [3, 4],
  medium: [3, 6],
  large: [3, 12],
};

/** Managed node groups never allow more pods than this (EKS user guide, "maxPods"). */
const MANAGED_MAX_PODS = 110;
const MANAGED_MAX_PODS_LARGE = 250;
const LARGE_VCPUS = 30;

/** What hypervisor and kernel take of the nominal memory; Karpenter assumes the same share. */
const MEMORY_OVERHEAD = 0.075;
const EVICTION_MIB = 100;
/** kubelet and container runtime, as AL2023's nodeadm reserves for them. */
const RESERVED_MIB = 255;
const RESERVED_MIB_PER_POD = 11;
/** Millicores of each step, and the share of them that is reserved. */
const RESERVED_CPU = [
  { upTo: 1_000, share: 0.06 },
  { upTo: 2_000, share: 0.01 },
  { upTo: 4_000, share: 0.005 },
  { upTo: Number.POSITIVE_INFINITY, share: 0.0025 },
] as const;

export interface NodeAmounts {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
}

export interface InstanceCapacity {
  readonly capacity: NodeAmounts;
  /** What is left for pods; the scheduler goes by it. */
  readonly allocatable: NodeAmounts;
}

/** Capacity of a type such as `m7g.large` as an EKS node tells it. Throws when the name does not follow the rule. */
export function capacityOf(instanceType: string): InstanceCapacity {
  const [family = "", size = ""] = instanceType.split(".");
  const { vcpus, gib } = sizeOf(family, size) ?? unknown(instanceType);
  const pods = maxPods(family, size, vcpus);
  const memory = Math.floor(gib * 1024 * (1 - MEMORY_OVERHEAD));
  const left = memory - RESERVED_MIB - RESERVED_MIB_PER_POD * pods - EVICTION_MIB;
  return {
    capacity: { cpu: String(vcpus), memory: `${memory}Mi`, pods },
    allocatable: {
      cpu: `${vcpus * 1_000 - reservedCpu(vcpus * 1_000)}m`,
      memory: `${Math.max(0, left)}Mi`,
      pods,
    },
  };
}

function sizeOf(family: string, size: string): { vcpus: number; gib: number } | undefined {
  const burstable = family.startsWith("t");
  const multiple = /^(\d+)xlarge$/.exec(size)?.[1];
  const vcpus = multiple === undefined ? VCPUS[size] : 4 * Number(multiple);
  if (vcpus === undefined) return undefined;
  // Every burstable type has at least two.
  if (burstable) return { vcpus: Math.max(2, vcpus), gib: BURSTABLE_GIB[size] ?? vcpus * 4 };
  const ratio = GIB_PER_VCPU[family[0] ?? ""];
  return ratio === undefined || BURSTABLE_ONLY.has(size)
    ? undefined
    : { vcpus, gib: vcpus * ratio };
}

const BURSTABLE_ONLY: ReadonlySet<string> = new Set(["nano", "micro", "small"]);

function unknown(instanceType: string): never {
  throw new Error(
    `instance type ${instanceType} is not known to the embedded cloud; known: c, m, r and t families by size, e.g. m7g.large`,
  );
}

/** The first address of an interface is the node's own; two pods (CNI, kube-proxy) use none. */
function maxPods(family: string, size: string, vcpus: number): number {
  const table = family.startsWith("t") ? { ...INTERFACES, ...BURSTABLE_INTERFACES } : INTERFACES;
  const [interfaces, addresses] = table[size] ?? LARGEST_INTERFACES;
  const limit = vcpus < LARGE_VCPUS ? MANAGED_MAX_PODS : MANAGED_MAX_PODS_LARGE;
  return Math.min(limit, interfaces * (addresses - 1) + 2);
}

function reservedCpu(millicores: number): number {
  let from = 0;
  let reserved = 0;
  for (const { upTo, share } of RESERVED_CPU) {
    reserved += Math.max(0, Math.min(millicores, upTo) - from) * share;
    from = upTo;
  }
  return Math.ceil(reserved);
}
