import { cpus } from "node:os";
import type { Json, KubernetesObject } from "./objects.ts";
import type { LocalNodeSpec, Taint } from "./node-spec.ts";

/** Port of the read-only kubelet endpoint on every node's own address. */
export const KUBELET_PORT = 10250;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

export interface NodeObject extends KubernetesObject {
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

export function nodeLabels(spec: LocalNodeSpec): Record<string, string> {
  return {
    "kubernetes.io/arch": ARCHITECTURES[process.arch] ?? process.arch,
    "kubernetes.io/os": "linux",
    "kubernetes.io/hostname": spec.name,
    "topology.kubernetes.io/zone": spec.zone,
    ...(spec.region === undefined ? {} : { "topology.kubernetes.io/region": spec.region }),
    ...(spec.instanceType === undefined
      ? {}
      : { "node.kubernetes.io/instance-type": spec.instanceType }),
    ...spec.labels,
  };
}

/** Taints of the group and those that Kubernetes itself keeps on the node. */
export function nodeTaints(spec: LocalNodeSpec, existing: readonly Taint[]): Json[] {
  const kept = existing.filter((taint) => taint.key.startsWith("node.kubernetes.io/"));
  return [...(spec.taints ?? []), ...kept].map((taint) => ({ ...taint }));
}

export function newNode(spec: LocalNodeSpec): Json {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: spec.name, labels: nodeLabels(spec) },
    spec: {
      taints: nodeTaints(spec, []),
      ...(spec.providerId === undefined ? {} : { providerID: spec.providerId }),
    },
  };
}

export function nodeStatus(
  spec: LocalNodeSpec,
  version: string,
  existing: NodeObject | undefined,
  now: string,
): Json {
  const amounts = ({ cpu, memory, pods }: LocalNodeSpec["capacity"]): Json => ({
    cpu,
    memory,
    pods: String(pods),
    "ephemeral-storage": "20Gi",
  });
  const condition = (type: string, status: string, reason: string): Json => ({
    type,
    status,
    reason,
    message: "",
    lastHeartbeatTime: now,
    lastTransitionTime:
      existing?.status?.conditions?.find((c) => c.type === type)?.lastTransitionTime ?? now,
  });
  return {
    capacity: amounts(spec.capacity),
    allocatable: amounts(spec.allocatable ?? spec.capacity),
    addresses: [
      { type: "InternalIP", address: spec.internalIp },
      ...(spec.externalIp === undefined ? [] : [{ type: "ExternalIP", address: spec.externalIp }]),
      { type: "Hostname", address: spec.name },
    ],
    conditions: [
      condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
      condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
      condition("PIDPressure", "False", "KubeletHasSufficientPID"),
      condition("Ready", "True", "KubeletReady"),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
    nodeInfo: {
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      bootID: spec.name,
      containerRuntimeVersion: "local://1",
      kernelVersion: "local",
      kubeProxyVersion: "",
      kubeletVersion: version,
      machineID: spec.name,
      operatingSystem: "linux",
      osImage: `SecureVPN local node (${cpus().length} cores shared)`,
      systemUUID: spec.name,
    },
  };
}

export function leaseObject(name: string, now: string): Json {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: "kube-node-lease" },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: now },
  };
}
