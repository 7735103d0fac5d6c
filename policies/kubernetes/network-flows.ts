import { isWorld } from "../lib/flows.ts";
import {
  at,
  isObject,
  isSet,
  listAt,
  numberAt,
  objectsAt,
  textAt,
  UNKNOWN,
  type Planned,
  type PlannedObject,
} from "../lib/planned.ts";
import { podOf, WORKLOADS, type Pod } from "../lib/pods.ts";
import { unless, type PlannedResource, type Rule } from "../lib/rule.ts";

const NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const APP = "app.kubernetes.io/name";
const NAMESPACE_NAME = "kubernetes.io/metadata.name";
/** Other regions, the Kubernetes API and AWS's have no known block: who calls them is listed. */
const WORLD_CALLERS = [
  "auth",
  "selector",
  "fleet",
  "alertmanager",
  "cluster-autoscaler",
  "prometheus",
];
/** Where the Pod Identity agent of a node answers (EKS user guide); its neighbours are the IMDS. */
const POD_IDENTITY = ["169.254.170.23/32", "fd00:ec2::23/128"];
const MAX_PORTS = 16;
const DNS_POLICIES = ["ClusterFirst", "ClusterFirstWithHostNet"];

/** A label that a selector asks for; `matchExpressions` beside it can only narrow it. */
function asked(selector: Planned | undefined, label: string): string | undefined {
  const labels = at(selector, "matchLabels");
  const value = isObject(labels) ? labels[label] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

type Reach = "named" | "own namespace" | "world";

function reachOf(peer: Planned): Reach {
  if (isSet(peer, "ipBlock")) {
    const cidr = textAt(peer, "ipBlock.cidr") ?? "";
    return !isWorld(cidr) || POD_IDENTITY.includes(cidr) ? "named" : "world";
  }
  if (at(peer, "namespaceSelector") !== undefined)
    return asked(at(peer, "namespaceSelector"), NAMESPACE_NAME) === undefined ? "world" : "named";
  if (!isObject(at(peer, "podSelector"))) return "world";
  return asked(at(peer, "podSelector"), APP) === undefined ? "own namespace" : "named";
}

/** Whether a rule names its ports, and not a range that is as good as all. */
function namesPorts(rule: PlannedObject): boolean {
  const ports = listAt(rule, "ports");
  return (
    ports.length > 0 &&
    ports.every((port) => {
      const from = numberAt(port, "port");
      if (from === undefined) return textAt(port, "port") !== undefined && !isSet(port, "endPort");
      return (
        (numberAt(port, "endPort") ?? (isSet(port, "endPort") ? Infinity : from)) - from < MAX_PORTS
      );
    })
  );
}

const isHttpsAlone = (rule: PlannedObject): boolean =>
  listAt(rule, "ports").length > 0 &&
  listAt(rule, "ports").every(
    (port) =>
      numberAt(port, "port") === 443 &&
      !isSet(port, "endPort") &&
      (at(port, "protocol") ?? "TCP") === "TCP",
  );

function judgeIngress(rule: PlannedObject, where: string): string[] {
  const peers = listAt(rule, "from");
  return unless(
    [
      peers.length > 0 && peers.every((peer) => reachOf(peer) === "named"),
      `${where}.from must name pods by ${APP}, a namespace by ${NAMESPACE_NAME}, or blocks of our networks`,
    ],
    [namesPorts(rule), `${where}.ports must name its ports, at most ${MAX_PORTS} in a range`],
  );
}

function judgeEgress(rule: PlannedObject, where: string, app: string | undefined): string[] {
  const reaches = listAt(rule, "to").map(reachOf);
  if (reaches.length === 0 || reaches.includes("world"))
    return unless([
      isHttpsAlone(rule) && app !== undefined && WORLD_CALLERS.includes(app),
      `${where}.to must name whom it calls; the world may be called on 443/tcp alone, by ${WORLD_CALLERS.join(", ")}`,
    ]);
  return unless([
    namesPorts(rule) || reaches.every((reach) => reach === "own namespace"),
    `${where}.ports must name its ports, at most ${MAX_PORTS} in a range`,
  ]);
}

function judgePolicy({ props }: PlannedResource): string[] {
  const spec = at(props, "spec");
  const flows = ["ingress", "egress"].map((way) => at(spec, way));
  const known =
    isObject(spec) &&
    flows.every((flow) => flow !== UNKNOWN) &&
    [...listAt(spec, "ingress"), ...listAt(spec, "egress")].every(isObject);
  if (!known) return ["spec must be known in preview"];
  const [ingress, egress] = [objectsAt(spec, "ingress"), objectsAt(spec, "egress")];
  const app = asked(at(spec, "podSelector"), APP);
  return [
    ...unless([
      app !== undefined || ingress.length + egress.length === 0,
      `spec.podSelector.matchLabels must name an app by ${APP}: only what allows nothing selects every pod`,
    ]),
    ...ingress.flatMap((rule, index) => judgeIngress(rule, `spec.ingress.${index}`)),
    ...egress.flatMap((rule, index) => judgeEgress(rule, `spec.egress.${index}`, app)),
  ];
}

/** A borrowed name has another's flows; of several alike each bears a number or a hash behind it. */
function isItsOwn({ labels, workload }: Pod): boolean {
  const app = labels[APP];
  if (app === undefined) return true;
  return (
    typeof app === "string" &&
    workload.startsWith(app) &&
    /^(-shard)?(-[0-9a-f]+)?$/.test(workload.slice(app.length))
  );
}

/** A pod that asks another resolver, or none, finds others than the policies say. */
function judgeNames(pod: Pod): string[] {
  const { spec, workload } = pod;
  return unless(
    [
      isItsOwn(pod),
      `label ${APP} of its pods must be its own name, ${workload}: flows are allowed by it`,
    ],
    [
      !isSet(spec, "dnsPolicy") || DNS_POLICIES.includes(textAt(spec, "dnsPolicy") ?? ""),
      `dnsPolicy must be ${DNS_POLICIES.join(" or ")}`,
    ],
    [
      at(spec, "dnsConfig") !== UNKNOWN && !isSet(spec, "dnsConfig.nameservers"),
      "dnsConfig.nameservers must be empty: a resolver of its own hears every name",
    ],
    [!isSet(spec, "hostAliases"), "hostAliases must be empty: names are the cluster's"],
  );
}

export const networkFlows: Rule = {
  id: "K15",
  name: "k15-network-flows",
  level: "mandatory",
  description:
    "What is allowed beside the default deny names who, whom and on which ports; pods ask the cluster for names",
  source: "CIS 4.3.2, C-0260",
  resource: {
    types: [NETWORK_POLICY, ...WORKLOADS],
    check: (resource) => {
      if (resource.type === NETWORK_POLICY) return judgePolicy(resource);
      const pod = podOf(resource);
      return pod === undefined ? [] : judgeNames(pod);
    },
  },
};
