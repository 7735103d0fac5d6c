import { AGENT, FILES, NAMESPACES } from "../../services/contract/index.ts";
import {
  addedCapabilities,
  cannotEscalate,
  dropsAll,
  hasDefaultSeccomp,
  hasReadOnlyRoot,
} from "../lib/container-security.ts";
import { flagAt, isOff, numberAt, objectsAt, textAt } from "../lib/planned.ts";
import {
  DEPLOYMENT,
  POD_TEMPLATE,
  podOf,
  WORKLOADS,
  type Container,
  type Pod,
} from "../lib/pods.ts";
import { found, unless, type Rule, type StackResource } from "../lib/rule.ts";
import { namespaceOf } from "../lib/selectors.ts";
import { isVpnServer } from "../lib/vpn-server.ts";

/** All that stands in its pod, each container with a part that is written down. */
const CONTAINERS: readonly string[] = Object.values(AGENT.containers);

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

/** Volume of the keys, by where the data plane mounts it. */
function isInMemory(dataPlane: Container, { spec }: Pod): boolean {
  const mount = objectsAt(dataPlane.props, "volumeMounts").find(
    (one) => textAt(one, "mountPath") === FILES.wireguardDir,
  );
  const volume = objectsAt(spec, "volumes").find(
    (one) => textAt(one, "name") === textAt(mount, "name"),
  );
  return mount === undefined || textAt(volume, "emptyDir.medium") === "Memory";
}

function judge(pod: Pod): string[] {
  const dataPlane = pod.containers.find(({ name }) => name === AGENT.containers.dataPlane);
  const strangers = pod.containers.filter(({ name }) => !CONTAINERS.includes(name));
  return [
    ...unless(
      [
        strangers.length === 0,
        `containers must be ${CONTAINERS.join(", ")} alone, for they are on the node's network: ${strangers.map(({ name }) => name).join(", ")}`,
      ],
      [
        dataPlane === undefined || isInMemory(dataPlane, pod),
        `the volume at ${FILES.wireguardDir} must be an emptyDir of medium Memory: keys never reach a disk`,
      ],
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
  [DEPLOYMENT, POD_TEMPLATE].includes(workload.type) && namespaceOf(workload) === NAMESPACES.vpn;

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
  // The exemption hangs on a name, so the name must not be borrowed elsewhere; and its namespace, which
  // enforces no Pod Security, is for nobody else.
  stack: ({ resources }) =>
    resources.flatMap((resource) => {
      const pod = podOf(resource);
      if (pod === undefined) return [];
      return found(
        resource,
        unless(
          [
            !isVpnServer(pod) || isInPlace(resource),
            `a workload named ${AGENT.name} must be the Deployment in namespace ${NAMESPACES.vpn}, or a PodTemplate there`,
          ],
          [
            isVpnServer(pod) || namespaceOf(resource) !== NAMESPACES.vpn,
            `namespace ${NAMESPACES.vpn} must hold VPN servers alone: it enforces no Pod Security`,
          ],
        ),
      );
    }),
};
