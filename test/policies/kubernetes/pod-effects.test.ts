import { describe } from "mocha";
import { containerSecurity } from "../../../policies/kubernetes/container-security.ts";
import { hostAccess } from "../../../policies/kubernetes/host-access.ts";
import { imageDigest } from "../../../policies/kubernetes/image-digest.ts";
import { vpnServer } from "../../../policies/kubernetes/vpn-server.ts";
import { at, UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases, type Violation } from "../cases.ts";
import {
  asKind,
  AUTH,
  CONTAINER,
  INIT,
  PLATFORM,
  POD,
  PODS,
  values,
  VPN,
  VPN_SERVER,
} from "./fixtures.ts";

const CONTEXT = `${CONTAINER}.securityContext`;
const LEFT_TO_THE_NODE =
  "AppArmor and SELinux must be left to the node: no unconfined profile, no seLinuxOptions";
const NO_ROOT_GROUP = "securityContext.runAsGroup, fsGroup and supplementalGroups must not be 0";
const KEYS = "/var/run/securevpn/wireguard";
const DIGEST = `sha256:${"b".repeat(64)}`;

const keysOn = (emptyDir: Readonly<Record<string, string>>) => ({
  [`${POD}.containers.1.volumeMounts`]: [{ name: "wireguard", mountPath: KEYS }],
  [`${POD}.volumes`]: [{ name: "wireguard", emptyDir }],
});

describe("effects of a pod, whichever setting has them", () => {
  describeCases([
    {
      rule: containerSecurity,
      compliant: PODS,
      fine: [
        {
          title: "profiles of the node's own",
          change: {
            [`${CONTEXT}.appArmorProfile`]: { type: "RuntimeDefault" },
          },
        },
        { title: "a group of its own", change: { [`${POD}.securityContext.fsGroup`]: 65534 } },
      ],
      violating: [
        {
          title: "seccomp off at a container beside a pod that has it on",
          change: {
            [`${POD}.securityContext.seccompProfile`]: { type: "RuntimeDefault" },
            [`${CONTEXT}.seccompProfile`]: { type: "Unconfined" },
          },
          says: ['container auth: securityContext.seccompProfile.type must be "RuntimeDefault"'],
        },
        {
          title: "uid 0 at a container beside a pod that is not root",
          change: {
            [`${POD}.securityContext`]: { runAsNonRoot: true, runAsUser: 65534 },
            [`${CONTEXT}.runAsUser`]: 0,
          },
          says: ["container auth: securityContext.runAsNonRoot must be true, and runAsUser not 0"],
        },
        {
          title: "a seccomp profile of the node's own files",
          change: {
            [`${CONTEXT}.seccompProfile`]: { type: "Localhost", localhostProfile: "all.json" },
          },
          says: ['container auth: securityContext.seccompProfile.type must be "RuntimeDefault"'],
        },
        {
          title: "AppArmor off by its field",
          change: { [`${CONTEXT}.appArmorProfile`]: { type: "Unconfined" } },
          says: [`container auth: ${LEFT_TO_THE_NODE}`],
        },
        {
          title: "AppArmor off for the pod",
          change: { [`${POD}.securityContext.appArmorProfile`]: { type: "Unconfined" } },
          says: ["auth", "migrate"].map((name) => `container ${name}: ${LEFT_TO_THE_NODE}`),
        },
        {
          title: "AppArmor off by the older annotation",
          change: {
            "spec.template.metadata": {
              annotations: { "container.apparmor.security.beta.kubernetes.io/auth": "unconfined" },
            },
          },
          says: [`container auth: ${LEFT_TO_THE_NODE}`],
        },
        {
          title: "AppArmor off in the data plane",
          of: "vpn-server",
          change: {
            [`${POD}.containers.1.securityContext.appArmorProfile`]: { type: "Unconfined" },
          },
          says: [`container data-plane: ${LEFT_TO_THE_NODE}`],
        },
        {
          title: "an SELinux type of another",
          change: { [`${CONTEXT}.seLinuxOptions`]: { type: "spc_t" } },
          says: [`container auth: ${LEFT_TO_THE_NODE}`],
        },
        ...values(0, "0", UNKNOWN).map(({ value, shown }): Violation => ({
          title: `root's group ${shown} at a container`,
          change: { [`${CONTEXT}.runAsGroup`]: value },
          says: [`container auth: ${NO_ROOT_GROUP}`],
        })),
        {
          title: "root's group among further ones",
          of: "vpn-server",
          change: { [`${POD}.securityContext.supplementalGroups`]: [1000, 0] },
          says: ["agent", "data-plane"].map((name) => `container ${name}: ${NO_ROOT_GROUP}`),
        },
        {
          title: "a capability in an init container",
          change: { [`${INIT}.securityContext.capabilities.add`]: ["NET_RAW"] },
          says: ['container migrate: securityContext.capabilities must drop "ALL" and add none'],
        },
        {
          title: "a capability in an ephemeral container",
          change: {
            [`${POD}.ephemeralContainers`]: [
              { name: "debug", securityContext: { capabilities: { add: ["SYS_PTRACE"] } } },
            ],
          },
          says: /container debug: securityContext\.capabilities must drop "ALL" and add none/,
        },
      ],
    },
    {
      rule: hostAccess,
      compliant: PODS,
      fine: [
        {
          title: "an image as a volume",
          change: { [`${POD}.volumes`]: [{ name: "model", image: { reference: "x" } }] },
        },
        { title: "a masked /proc", change: { [`${CONTEXT}.procMount`]: "Default" } },
      ],
      violating: [
        ...values("Unmasked", UNKNOWN).map(({ value, shown }): Violation => ({
          title: `a /proc that is ${shown}`,
          change: { [`${CONTEXT}.procMount`]: value },
          says: ["securityContext.procMount must be left out: container auth"],
        })),
        {
          title: "processes shared with the neighbours",
          of: "vpn-server",
          change: { [`${POD}.shareProcessNamespace`]: true },
          says: [
            "shareProcessNamespace must be off: a container would read the files of its neighbours",
          ],
        },
        {
          title: "a process of the host on Windows, by a container",
          change: { [`${CONTEXT}.windowsOptions`]: { hostProcess: true } },
          says: ["securityContext.privileged must be off: container auth"],
        },
        {
          title: "a process of the host on Windows, by its pod",
          change: { [`${POD}.securityContext.windowsOptions`]: { hostProcess: true } },
          says: ["hostProcess must be off"],
        },
        {
          title: "settings of the kernel",
          change: {
            [`${POD}.securityContext.sysctls`]: [{ name: "kernel.msgmax", value: "65536" }],
          },
          says: [
            "securityContext.sysctls must be empty: what a node needs, its launch template sets",
          ],
        },
        ...["nfs", "csi", "iscsi", "flexVolume", "gitRepo", "awsElasticBlockStore"].map((kind) => ({
          title: `a volume of ${kind}`,
          change: { [`${POD}.volumes`]: [{ name: "foreign", [kind]: {} }] },
          says: [
            "volumes must each be one of configMap, secret, emptyDir, projected, downwardAPI, persistentVolumeClaim, ephemeral, image: foreign",
          ],
        })),
      ],
    },
    {
      rule: imageDigest,
      compliant: PODS,
      fine: [
        {
          title: "an image volume by its digest",
          change: {
            [`${POD}.volumes`]: [
              { name: "model", image: { reference: `quay.io/a/model@${DIGEST}` } },
            ],
          },
        },
      ],
      violating: [
        {
          title: "an image volume by its tag",
          change: {
            [`${POD}.volumes`]: [{ name: "model", image: { reference: "quay.io/a/model:1" } }],
          },
          says: [
            "volume model: image must end with @sha256: and 64 hex digits; it is quay.io/a/model:1",
          ],
        },
        {
          title: "an image volume that is not known",
          change: { [`${POD}.volumes`]: [{ name: "model", image: { reference: UNKNOWN } }] },
          says: ["volume model: image must end with @sha256: and 64 hex digits; it is not known"],
        },
      ],
    },
    {
      rule: vpnServer,
      compliant: [VPN_SERVER, VPN, PLATFORM],
      fine: [
        { title: "keys in memory", change: keysOn({ medium: "Memory" }) },
        {
          title: "a PodTemplate with a hash behind its name",
          without: ["vpn-server"],
          also: [
            {
              ...asKind(VPN_SERVER, "core/v1:PodTemplate", "vpn-server-1a2b3c"),
              props: {
                metadata: { name: "vpn-server-1a2b3c", namespace: UNKNOWN },
                template: at(VPN_SERVER.props, "spec.template"),
              },
            },
          ],
        },
      ],
      violating: [
        {
          title: "keys on a disk",
          change: keysOn({}),
          says: [
            `the volume at ${KEYS} must be an emptyDir of medium Memory: keys never reach a disk`,
          ],
        },
        {
          title: "another workload in the namespace that enforces nothing",
          also: [
            {
              ...asKind(AUTH, "apps/v1:StatefulSet", "other"),
              from: { metadata: ["securevpn-vpn"] },
            },
          ],
          says: [
            "namespace securevpn-vpn must hold VPN servers alone: it enforces no Pod Security",
          ],
        },
        {
          title: "a further container on the node's network",
          change: { [`${POD}.ephemeralContainers`]: [{ name: "capture" }] },
          says: /^containers must be agent, data-plane.* alone, .*network: capture$/,
        },
      ],
    },
  ]);
});
