/** Sizes of AWS instance types, by the rule that their names follow. */
const VCPUS: Readonly<Record<string, number>> = { medium: 1, large: 2, xlarge: 4 };
/** GiB per vCPU of a family's first letter. */
const GIB_PER_VCPU: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, t: 4 };
/** EKS's limit of pods for small types; larger ones are capped at 110. */
const PODS_PER_VCPU = 29;
const MAX_PODS = 110;

export interface InstanceCapacity {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
}

/** Capacity of a type such as `m7g.large`. Throws when the name does not follow the rule. */
export function capacityOf(instanceType: string): InstanceCapacity {
  const [family = "", size = ""] = instanceType.split(".");
  const multiple = /^(\d+)xlarge$/.exec(size)?.[1];
  const vcpus = multiple === undefined ? VCPUS[size] : 4 * Number(multiple);
  const ratio = GIB_PER_VCPU[family[0] ?? ""];
  if (vcpus === undefined || ratio === undefined) throw new Error(`instance type ${instanceType} is not known to the embedded cloud`);
  return { cpu: String(vcpus), memory: `${vcpus * ratio}Gi`, pods: Math.min(MAX_PODS, vcpus * PODS_PER_VCPU) };
}
