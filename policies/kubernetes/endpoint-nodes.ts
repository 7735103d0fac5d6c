import { isEndpointGroup, NODE_GROUP } from "../lib/network.ts";
import {
  at,
  isObject,
  isOff,
  isSet,
  listAt,
  objectsAt,
  textAt,
  UNKNOWN,
  type Planned,
} from "../lib/planned.ts";
import { podOf, WORKLOADS, type Pod } from "../lib/pods.ts";
import { found, unless, type PlannedResource, type Rule } from "../lib/rule.ts";
import { isVpnServer } from "../lib/vpn-server.ts";

const PRIORITY_CLASS = "kubernetes:scheduling.k8s.io/v1:PriorityClass";
/** Taint that keeps all but VPN servers off the nodes that strangers' tunnels end on; a label too. */
export const ENDPOINT = { key: "securevpn.example/role", value: "endpoint" };

/** Whether a toleration lets a pod onto endpoint nodes; one without a key tolerates all. */
function tolerates(toleration: Planned): boolean {
  if (!isObject(toleration)) return true;
  const [key, operator, value, effect] = ["key", "operator", "value", "effect"].map((name) =>
    at(toleration, name),
  );
  const ofKey = !isSet(toleration, "key") || key === UNKNOWN || key === ENDPOINT.key;
  const ofValue =
    operator === "Exists" || operator === UNKNOWN || value === UNKNOWN || value === ENDPOINT.value;
  const ofEffect = !isSet(toleration, "effect") || effect === UNKNOWN || effect === "NoSchedule";
  return ofKey && ofValue && ofEffect;
}

function reachesEndpoints({ spec }: Pod): boolean {
  const selector = at(spec, "nodeSelector");
  return (
    at(spec, "tolerations") === UNKNOWN ||
    listAt(spec, "tolerations").some(tolerates) ||
    (isObject(selector) && selector[ENDPOINT.key] === ENDPOINT.value)
  );
}

const judgePod = (pod: Pod): string[] =>
  unless(
    [
      isVpnServer(pod) || !reachesEndpoints(pod),
      `tolerations and nodeSelector must keep it off nodes of ${ENDPOINT.key}=${ENDPOINT.value}: VPN servers alone run there`,
    ],
    [!isSet(pod.spec, "nodeName"), "nodeName must be left out: it goes past every taint"],
    [!isSet(pod.spec, "schedulerName"), "schedulerName must be left out"],
    [
      !isSet(pod.spec, "runtimeClassName"),
      "runtimeClassName must be left out: the nodes have one runtime",
    ],
    [
      !(textAt(pod.spec, "priorityClassName") ?? "").startsWith("system-"),
      "priorityClassName must be a PriorityClass of this stack: system-* pushes out the cluster's own pods",
    ],
  );

const isTainted = ({ props }: PlannedResource): boolean =>
  objectsAt(props, "taints").some(
    (taint) =>
      textAt(taint, "key") === ENDPOINT.key &&
      textAt(taint, "value") === ENDPOINT.value &&
      textAt(taint, "effect") === "NO_SCHEDULE",
  );

export const endpointNodes: Rule = {
  id: "K17",
  name: "k17-endpoint-nodes",
  level: "mandatory",
  description: "VPN servers alone run on the nodes that strangers' tunnels end on",
  source: "OWN",
  resource: {
    types: [...WORKLOADS, PRIORITY_CLASS],
    check: (resource) => {
      if (resource.type === PRIORITY_CLASS)
        return unless([
          isOff(resource.props, "globalDefault"),
          "globalDefault must be off: pods say which priority they have",
        ]);
      const pod = podOf(resource);
      return pod === undefined
        ? ["the pod's spec and its containers must be known in preview"]
        : judgePod(pod);
    },
  },
  stack: ({ resources }) =>
    resources
      .filter((resource) => resource.type === NODE_GROUP && isEndpointGroup(resource))
      .flatMap((group) =>
        found(
          group,
          unless([
            isTainted(group),
            `taints must have ${ENDPOINT.key}=${ENDPOINT.value}:NO_SCHEDULE, which keeps all but VPN servers off`,
          ]),
        ),
      ),
};
