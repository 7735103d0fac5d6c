import { NAMESPACES } from "../../services/contract/index.ts";
import { NAMESPACED, refusalOf } from "../lib/kinds.ts";
import { at, isObject, isSet, textAt, UNKNOWN, type Planned } from "../lib/planned.ts";
import { NAMESPACE } from "../lib/pods.ts";
import { found, unless, type PlannedResource, type PlannedStack, type Rule } from "../lib/rule.ts";
import { isTheClusters } from "../lib/selectors.ts";

const ENFORCE = "pod-security.kubernetes.io/enforce";
const ENFORCE_VERSION = "pod-security.kubernetes.io/enforce-version";
const CLUSTER = "aws:eks/cluster:Cluster";

const labelOf = ({ props }: PlannedResource, key: string): Planned | undefined => {
  const labels = at(props, "metadata.labels");
  return labels === UNKNOWN ? UNKNOWN : isObject(labels) ? labels[key] : undefined;
};

function judgeNamespace(resource: PlannedResource): string[] {
  const name = textAt(resource.props, "metadata.name");
  const level = labelOf(resource, ENFORCE);
  return unless(
    [name !== undefined && !isTheClusters(name), "metadata.name must be a known name of our own"],
    [
      level === "restricted" || (level === "privileged" && name === NAMESPACES.vpn),
      `label ${ENFORCE} must be "restricted"; only namespace ${NAMESPACES.vpn} may be "privileged"`,
    ],
  );
}

/** An older version of the standard lets through what was found unsafe since. */
function judgeVersion({ resources }: PlannedStack, namespace: PlannedResource): string[] {
  const minor = textAt(resources.find(({ type }) => type === CLUSTER)?.props, "version");
  const version = labelOf(namespace, ENFORCE_VERSION);
  const allowed = ["latest", ...(minor === undefined ? [] : [`v${minor}`])];
  return unless([
    version === undefined || (typeof version === "string" && allowed.includes(version)),
    `label ${ENFORCE_VERSION} must be ${allowed.join(" or ")}, or absent`,
  ]);
}

export const namespaceSecurity: Rule = {
  id: "K01",
  name: "k01-namespace-security",
  level: "mandatory",
  description:
    "Every namespace enforces Pod Security restricted but the VPN servers' own, and every object is of a kind that policies read, in a namespace of ours",
  source: "PSS, CIS 4.2",
  resource: {
    types: [NAMESPACE, ...NAMESPACED],
    check: (resource) => {
      if (resource.type === NAMESPACE) return judgeNamespace(resource);
      const namespace = at(resource.props, "metadata.namespace");
      return unless(
        [
          isSet(resource.props, "metadata.namespace") && namespace !== "default",
          "metadata.namespace must name a namespace other than `default`",
        ],
        [
          namespace === "default" || !isTheClusters(namespace),
          `metadata.namespace must name a namespace of ours: ${textAt(resource.props, "metadata.namespace") ?? "?"} is the cluster's`,
        ],
      );
    },
  },
  // A kind that no rule reads, a Helm release for one, could hold pods that no rule sees.
  stack: (stack) =>
    stack.resources.flatMap((resource) => {
      if (resource.type === NAMESPACE) return found(resource, judgeVersion(stack, resource));
      const refusal = refusalOf(resource.type);
      return refusal === undefined ? [] : found(resource, [refusal]);
    }),
};
