import { NAMESPACES } from "../../services/contract/index.ts";
import { at, isObject, isSet, textAt } from "../lib/planned.ts";
import { NAMESPACED } from "../lib/kinds.ts";
import { NAMESPACE } from "../lib/pods.ts";
import { unless, type PlannedResource, type Rule } from "../lib/rule.ts";

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
};
