import type { Informer } from "./informer.ts";
import { isPretended, isReady, type Pod, type Service, type ServicePort } from "./objects.ts";

export interface Backend {
  readonly host: string;
  readonly port: number;
  /** Pod that answers there. */
  readonly pod: string;
}

const matches = (selector: Readonly<Record<string, string>>, pod: Pod): boolean =>
  Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value);

/** Number of a Service's target port on a pod; undefined: the pod has no port of that name. */
function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  return pod.spec.containers.flatMap((c) => c.ports ?? []).find((p) => p.name === target)
    ?.containerPort;
}

/** Pods of a Service, in the order of their names; all of them when it publishes unready ones too. */
export function podsOf(service: Service, pods: readonly Pod[]): Pod[] {
  const { selector, publishNotReadyAddresses } = service.spec;
  if (selector === undefined) return [];
  return pods
    .filter(
      (pod) => pod.metadata.namespace === service.metadata.namespace && matches(selector, pod),
    )
    .filter(
      (pod) =>
        pod.status?.podIP !== undefined && (publishNotReadyAddresses === true || isReady(pod)),
    )
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

/** What EndpointSlices would say, which refuse loopback addresses. */
export function backendsOf(service: Service, port: ServicePort, pods: Informer<Pod>): Backend[] {
  // Ready or not, nothing answers where there is no process.
  const running = podsOf(service, pods.list()).filter((pod) => !isPretended(pod));
  return running.flatMap((pod) => {
    const number = targetPort(port, pod);
    const host = pod.status?.podIP;
    return number === undefined || host === undefined
      ? []
      : [{ host, port: number, pod: pod.metadata.name }];
  });
}
