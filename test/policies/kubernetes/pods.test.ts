import { describe } from "mocha";
import { containerSecurity } from "../../../policies/kubernetes/container-security.ts";
import { hostAccess } from "../../../policies/kubernetes/host-access.ts";
import { vpnServer } from "../../../policies/kubernetes/vpn-server.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases, type Violation } from "../cases.ts";
import {
  asKind,
  AUTH,
  CONTAINER,
  DATA_PLANE,
  INIT,
  PLATFORM,
  POD,
  VPN,
  PODS,
  UNREADABLE,
  VPN_SERVER,
} from "./fixtures.ts";

/** Every rule of pods must be able to decide, and refuses what it cannot read. */
/** A pod template that says nothing about security. */
const BARE = { template: { spec: { containers: [{ name: "bare" }] } } };

describe("policies of pods", () => {
  describeCases([
    {
      rule: containerSecurity,
      compliant: PODS,
      fine: [
        {
          title: "settings of the pod that hold for its containers",
          change: {
            [`${CONTAINER}.securityContext.runAsNonRoot`]: undefined,
            [`${INIT}.securityContext.runAsNonRoot`]: undefined,
            [`${POD}.securityContext`]: { runAsNonRoot: true },
          },
        },
      ],
      violating: [
        ...UNREADABLE,
        {
          title: "a container that may be root",
          change: { [`${CONTAINER}.securityContext.runAsNonRoot`]: undefined },
          says: /container auth: .*runAsNonRoot must be true/,
        },
        {
          title: "an init container that is root",
          change: { [`${INIT}.securityContext.runAsUser`]: 0 },
          says: /container migrate: .*runAsUser not 0/,
        },
        {
          title: "escalation left to the default",
          change: { [`${CONTAINER}.securityContext.allowPrivilegeEscalation`]: undefined },
          says: /allowPrivilegeEscalation must be false/,
        },
        {
          title: "capabilities kept",
          change: { [`${CONTAINER}.securityContext.capabilities`]: { drop: ["NET_RAW"] } },
          says: /must drop "ALL" and add none/,
        },
        {
          title: "a capability added",
          change: {
            [`${CONTAINER}.securityContext.capabilities`]: { drop: ["ALL"], add: ["NET_ADMIN"] },
          },
          says: /must drop "ALL" and add none/,
        },
        {
          title: "capabilities that are not known",
          change: { [`${CONTAINER}.securityContext.capabilities.add`]: UNKNOWN },
          says: /must drop "ALL" and add none/,
        },
        {
          title: "no seccomp profile",
          change: { [`${CONTAINER}.securityContext.seccompProfile`]: { type: "Unconfined" } },
          says: /seccompProfile.type must be/,
        },
        {
          title: "a root that can be written",
          change: { [`${CONTAINER}.securityContext.readOnlyRootFilesystem`]: false },
          says: /readOnlyRootFilesystem must be true/,
        },
        {
          title: "the VPN server's agent without its restrictions",
          of: "vpn-server",
          change: { [`${CONTAINER}.securityContext`]: undefined },
          says: /container agent: /,
        },
        {
          title: "a data plane of another workload",
          change: { [`${CONTAINER}.name`]: "data-plane", [`${CONTAINER}.securityContext`]: {} },
          says: /container data-plane: /,
        },
        {
          title: "the same in a batch/v1:CronJob",
          also: [
            {
              type: "kubernetes:batch/v1:CronJob",
              name: "bare",
              props: {
                metadata: { name: "bare", namespace: UNKNOWN },
                spec: { jobTemplate: { spec: BARE } },
              },
            },
          ],
          says: /container bare: .*runAsNonRoot/,
        },
        ...["apps/v1:StatefulSet", "apps/v1:DaemonSet", "batch/v1:Job"].map((kind) => ({
          title: `the same in a ${kind}`,
          also: [
            asKind(
              {
                ...AUTH,
                props: { spec: BARE },
              },
              kind,
              "bare",
            ),
          ],
          says: /container bare: .*runAsNonRoot/,
        })),
        {
          title: "the same in a CronJob, whose template lies deeper",
          also: [
            {
              type: "kubernetes:batch/v1:CronJob",
              name: "bare",
              props: {
                spec: {
                  jobTemplate: { spec: { template: { spec: { containers: [{ name: "bare" }] } } } },
                },
              },
            },
          ],
          says: /container bare: .*runAsNonRoot/,
        },
      ],
    },
    {
      rule: hostAccess,
      compliant: PODS,
      fine: [{ title: "switches that say off", change: { [`${POD}.hostPID`]: false } }],
      violating: [
        ...UNREADABLE,
        ...["hostNetwork", "hostPID", "hostIPC"].flatMap((key): Violation[] => [
          {
            title: `${key} on`,
            change: { [`${POD}.${key}`]: true },
            says: new RegExp(`${key} must be off`),
          },
          {
            title: `${key} that is not known`,
            change: { [`${POD}.${key}`]: UNKNOWN },
            says: new RegExp(`${key} must be off`),
          },
        ]),
        {
          title: "a VPN server that sees the node's processes",
          of: "vpn-server",
          change: { [`${POD}.hostPID`]: true },
          says: /hostPID must be off/,
        },
        {
          title: "a folder of the node",
          change: { [`${POD}.volumes`]: [{ name: "node", hostPath: { path: "/" } }] },
          says: /volumes must not be hostPath: node/,
        },
        {
          title: "volumes that are not known",
          change: { [`${POD}.volumes`]: UNKNOWN },
          says: /volumes must not be hostPath: unknown/,
        },
        {
          title: "a port of the node",
          change: { [`${CONTAINER}.ports`]: [{ containerPort: 8080, hostPort: 8080 }] },
          says: /no hostPort: container auth/,
        },
        {
          title: "a privileged container",
          change: { [`${CONTAINER}.securityContext.privileged`]: true },
          says: /privileged must be off: container auth/,
        },
        {
          title: "a privileged init container of a VPN server",
          of: "vpn-server",
          change: {
            [`${POD}.initContainers`]: [{ name: "setup", securityContext: { privileged: true } }],
          },
          says: /privileged must be off: container setup/,
        },
      ],
    },
    {
      rule: vpnServer,
      compliant: [VPN_SERVER, VPN, PLATFORM, AUTH],
      violating: [
        {
          title: "a VPN server behind the cluster's network",
          change: { [`${POD}.hostNetwork`]: undefined },
          says: /hostNetwork must be true/,
        },
        {
          title: "a second capability",
          change: { [`${DATA_PLANE}.capabilities.add`]: ["NET_ADMIN", "SYS_ADMIN"] },
          says: /add exactly NET_ADMIN/,
        },
        {
          title: "capabilities kept",
          change: { [`${DATA_PLANE}.capabilities.drop`]: undefined },
          says: /drop ALL/,
        },
        {
          title: "a data plane that is not uid 0, for which NET_ADMIN does nothing",
          change: { [`${DATA_PLANE}.runAsUser`]: 1000 },
          says: /runAsUser must be 0/,
        },
        {
          title: "a privileged data plane",
          change: { [`${DATA_PLANE}.privileged`]: true },
          says: /privileged must be off/,
        },
        {
          title: "escalation",
          change: { [`${DATA_PLANE}.allowPrivilegeEscalation`]: undefined },
          says: /allowPrivilegeEscalation must be false/,
        },
        {
          title: "a root that can be written",
          change: { [`${DATA_PLANE}.readOnlyRootFilesystem`]: undefined },
          says: /readOnlyRootFilesystem must be true/,
        },
        {
          title: "no seccomp profile",
          change: { [`${DATA_PLANE}.seccompProfile`]: undefined },
          says: /seccompProfile.type must be/,
        },
        {
          title: "a pod without its data plane",
          change: { [`${POD}.containers.1.name`]: "other" },
          says: /must have the container data-plane/,
        },
        {
          title: "its name borrowed in another namespace",
          options: { from: { metadata: ["securevpn"] } },
          says: /must be the Deployment in namespace securevpn-vpn/,
        },
        {
          title: "its name borrowed by another kind",
          also: [asKind(VPN_SERVER, "apps/v1:DaemonSet", "second")],
          says: /must be the Deployment in namespace securevpn-vpn/,
        },
      ],
    },
  ]);
});
