import { AGENT, NAMESPACES } from "../../services/contract/index.ts";
import {
  addedCapabilities,
  cannotEscalate,
  dropsAll,
  hasDefaultSeccomp,
  hasReadOnlyRoot,
} from "../lib/container-security.ts";
import { flagAt, isOff, numberAt } from "../lib/planned.ts";
import { DEPLOYMENT, podOf, WORKLOADS, type Container, type Pod } from "../lib/pods.ts";
import { found, unless, type Rule, type StackResource } from "../lib/rule.ts";
import { namespaceOf } from "../lib/selectors.ts";
import { isVpnServer } from "../lib/vpn-server.ts";

/** It makes a network interface, and can do nothing else to its node. */
function judgeDataPlane(container: Container, pod: Pod): string[] {
  const added = addedCapabilities(container);
  return unless(
    [
      dropsAll(container) && added.length === 1 && added[0] === "NET_ADMIN",
      "securityContext.capabilities must drop ALL and add exactly NET_ADMIN",
    ],
    [
      numberAt(container.props, "securityContext.runAsUser") === 0,
      "securityContext.runAsUser must be 0: NET_ADMIN has no effect for others",
    ],
    [cannotEscalate(container), "securityContext.allowPrivilegeEscalation must be false"],
    [hasReadOnlyRoot(container), "securityContext.readOnlyRootFilesystem must be true"],
    [
      hasDefaultSeccomp(container, pod),
      'securityContext.seccompProfile.type must be "RuntimeDefault"',
    ],
    [isOff(container.props, "securityContext.privileged"), "privileged must be off"],
  ).map((sentence) => `container ${container.name}: ${sentence}`);
}

function judge(pod: Pod): string[] {
  const dataPlane = pod.containers.find(({ name }) => name === AGENT.containers.dataPlane);
  return [
    ...unless(
      [
        flagAt(pod.spec, "hostNetwork") === true,
        "hostNetwork must be true: clients reach a VPN server by its node's address",
      ],
      [dataPlane !== undefined, `the pod must have the container ${AGENT.containers.dataPlane}`],
    ),
    ...(dataPlane === undefined ? [] : judgeDataPlane(dataPlane, pod)),
  ];
}

const isInPlace = (workload: StackResource): boolean =>
  workload.type === DEPLOYMENT && namespaceOf(workload) === NAMESPACES.vpn;

export const vpnServer: Rule = {
  id: "K04",
  name: "k04-vpn-server",
  level: "mandatory",
  description:
    "VPN servers alone are on the host's network, and one container of theirs has NET_ADMIN as uid 0 and nothing else",
  source: "OWN",
  resource: {
    types: WORKLOADS,
    check: (resource) => {
      const pod = podOf(resource);
      return pod !== undefined && isVpnServer(pod) ? judge(pod) : [];
    },
  },
  // The exemption hangs on a name, so the name must not be borrowed elsewhere.
  stack: ({ resources }) =>
    resources
      .filter((resource) => {
        const pod = podOf(resource);
        return pod !== undefined && isVpnServer(pod);
      })
      .flatMap((resource) =>
        found(
          resource,
          unless([
            isInPlace(resource),
            `a workload named ${AGENT.name} must be the Deployment in namespace ${NAMESPACES.vpn}`,
          ]),
        ),
      ),
};
