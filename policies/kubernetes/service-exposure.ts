import { PORTS, SERVICES } from "../../services/contract/index.ts";
import { at, isObject, isSet, numberAt, objectsAt, textAt } from "../lib/planned.ts";
import { podOf } from "../lib/pods.ts";
import {
  found,
  unless,
  type PlannedResource,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";
import { namespaceOf, sendsTo } from "../lib/selectors.ts";

const SERVICE = "kubernetes:core/v1:Service";
/** Name and number of the port that the entry may reach; all others are for inside. */
const PUBLIC_PORTS: readonly unknown[] = ["http", PORTS.public, String(PORTS.public)];

const manifestOf = ({ props }: PlannedResource) =>
  SERVICES.find(({ name }) => name === textAt(props, "metadata.name"));

const isOutside = ({ type, props }: PlannedResource): boolean =>
  type === SERVICE && textAt(props, "spec.type") === "NodePort";

/** Names of the workloads that a Service from outside sends to, and should not. */
function strangers(service: StackResource, { resources }: PlannedStack): string[] {
  return resources
    .filter((other) => namespaceOf(other) === namespaceOf(service))
    .map(podOf)
    .filter((pod) => pod !== undefined)
    .filter(({ labels }) => sendsTo(service, labels))
    .map(({ workload }) => workload)
    .filter((workload) => workload !== manifestOf(service)?.name);
}

export const serviceExposure: Rule = {
  id: "K14",
  name: "k14-service-exposure",
  level: "mandatory",
  description:
    "The entry reaches two Services by NodePort, on their public port alone; no Service makes a balancer, or leads out",
  source: "OWN",
  resource: {
    types: [SERVICE],
    check: (service) => {
      const { props } = service;
      const type = at(props, "spec.type") ?? "ClusterIP";
      const manifest = manifestOf(service);
      const ports = objectsAt(props, "spec.ports");
      return unless(
        [
          type === "ClusterIP" || type === "NodePort",
          "spec.type must be ClusterIP or NodePort: a balancer made by a controller is orphaned at destroy, and an ExternalName leads past every flow",
        ],
        [
          type !== "NodePort" ||
            (manifest !== undefined &&
              ports.every((port) => numberAt(port, "nodePort") === manifest.nodePort)),
          `spec.type may be NodePort only for ${SERVICES.map(({ name, nodePort }) => `${name} (${nodePort})`).join(" and ")}`,
        ],
        [
          type !== "NodePort" ||
            ports.every((port) =>
              PUBLIC_PORTS.includes(at(port, "targetPort") ?? at(port, "port")),
            ),
          `spec.ports of a NodePort must lead to the public port ${PORTS.public}`,
        ],
        [!isSet(props, "spec.externalIPs"), "spec.externalIPs must be empty"],
        [
          isObject(at(props, "spec.selector")) && isSet(props, "spec.selector"),
          "spec.selector must be known: without one somebody writes the addresses by hand",
        ],
      );
    },
  },
  stack: (stack) =>
    stack.resources.filter(isOutside).flatMap((service) => {
      const others = strangers(service, stack);
      return found(
        service,
        unless([
          others.length === 0,
          `spec.selector of a NodePort must select its own workload alone, not ${others.join(", ")}`,
        ]),
      );
    }),
};
