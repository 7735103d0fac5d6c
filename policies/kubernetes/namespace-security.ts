import { NAMESPACES } from "../../services/contract/index.ts";
import { at, isObject, isSet, textAt } from "../lib/planned.ts";
import { CLUSTER_SCOPED, NAMESPACED } from "../lib/kinds.ts";
import { NAMESPACE } from "../lib/pods.ts";
import { found, unless, type PlannedResource, type Rule } from "../lib/rule.ts";

const ENFORCE = "pod-security.kubernetes.io/enforce";

function judgeNamespace({ props }: PlannedResource): string[] {
  const name = textAt(props, "metadata.name");
  const labels = at(props, "metadata.labels");
  const level = isObject(labels) ? labels[ENFORCE] : undefined;
  return unless(
    [name !== undefined && name !== "default", "metadata.name must be a known name of our own"],
    [
      level === "restricted" || (level === "privileged" && name === NAMESPACES.vpn),
      `label ${ENFORCE} must be "restricted"; only namespace ${NAMESPACES.vpn} may be "privileged"`,
    ],
  );
}

export const namespaceSecurity: Rule = {
  id: "K01",
  name: "k01-namespace-security",
  level: "mandatory",
  description:
    "Every namespace enforces Pod Security restricted but the VPN servers' own, and nothing lies in `default`",
  source: "PSS, CIS 4.2",
  resource: {
    types: [NAMESPACE, ...NAMESPACED],
    check: (resource) =>
      resource.type === NAMESPACE
        ? judgeNamespace(resource)
        : unless([
            isSet(resource.props, "metadata.namespace") &&
              at(resource.props, "metadata.namespace") !== "default",
            "metadata.namespace must name a namespace other than `default`",
          ]),
  },
  // A kind that no rule reads, a Helm release for one, could hold pods that no rule sees.
  stack: ({ resources }) =>
    resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .filter(({ type }) => !NAMESPACED.includes(type) && !CLUSTER_SCOPED.includes(type))
      .flatMap((resource) =>
        found(resource, [
          `its kind must be one that the policies read (lib/kinds.ts): it is ${resource.type}`,
        ]),
      ),
};
