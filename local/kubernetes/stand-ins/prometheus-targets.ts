import { isReady, type Pod } from "../objects.ts";

/** A group of targets in the format of `file_sd_configs`. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

const labelName = (text: string): string => text.replaceAll(/[^a-zA-Z0-9_]/g, "_");

function prefixed(
  prefix: string,
  values: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}${labelName(key)}`, value]),
  );
}

/** What Prometheus' own discovery (role `pod`) says of a pod: one target a container port. */
export function targetsOf(pod: Pod): TargetGroup[] {
  const { metadata, spec, status } = pod;
  const ip = status?.podIP;
  if (ip === undefined) return [];
  const ofPod = {
    __meta_kubernetes_namespace: metadata.namespace ?? "",
    __meta_kubernetes_pod_name: metadata.name,
    __meta_kubernetes_pod_uid: metadata.uid ?? "",
    __meta_kubernetes_pod_ip: ip,
    __meta_kubernetes_pod_host_ip: status?.hostIP ?? "",
    __meta_kubernetes_pod_node_name: spec.nodeName ?? "",
    __meta_kubernetes_pod_phase: status?.phase ?? "",
    __meta_kubernetes_pod_ready: String(isReady(pod)),
    ...prefixed("__meta_kubernetes_pod_label_", metadata.labels),
    ...prefixed("__meta_kubernetes_pod_annotation_", metadata.annotations),
  };
  return spec.containers.flatMap((container) =>
    (container.ports ?? []).map((port) => ({
      targets: [`${ip}:${port.containerPort}`],
      labels: {
        ...ofPod,
        __meta_kubernetes_pod_container_name: container.name,
        __meta_kubernetes_pod_container_image: container.image,
        __meta_kubernetes_pod_container_port_name: port.name ?? "",
        __meta_kubernetes_pod_container_port_number: String(port.containerPort),
        __meta_kubernetes_pod_container_port_protocol: port.protocol ?? "TCP",
      },
    })),
  );
}
