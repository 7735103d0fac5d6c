import {
  at,
  isObject,
  isOff,
  isSet,
  listAt,
  textAt,
  type Planned,
  type PlannedObject,
} from "../lib/planned.ts";
import { podRule, type Container, type Pod } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";
import { isVpnServer } from "../lib/vpn-server.ts";

/** Volumes that hold what the cluster gives them, and nothing of the node or of other machines. */
const VOLUMES = [
  "configMap",
  "secret",
  "emptyDir",
  "projected",
  "downwardAPI",
  "persistentVolumeClaim",
  "ephemeral",
  "image",
];
const nameOf = (volume: Planned): string => textAt(volume, "name") ?? "unknown";

/** Names of the volumes that are, or may be, folders of the node. */
function hostPaths(spec: PlannedObject): string[] {
  if (at(spec, "volumes") !== undefined && !Array.isArray(spec["volumes"])) return ["unknown"];
  return listAt(spec, "volumes")
    .filter((volume) => !isObject(volume) || isSet(volume, "hostPath"))
    .map(nameOf);
}

const foreignVolumes = (spec: PlannedObject): string[] =>
  listAt(spec, "volumes")
    .filter(isObject)
    .filter((volume) =>
      Object.keys(volume).some((key) => ![...VOLUMES, "name", "hostPath"].includes(key)),
    )
    .map(nameOf);

const hasHostPort = ({ props }: Container): boolean =>
  (at(props, "ports") !== undefined && !Array.isArray(props["ports"])) ||
  listAt(props, "ports").some((port) => !isObject(port) || isSet(port, "hostPort"));

const isPrivileged = ({ props }: Container): boolean =>
  !isOff(props, "securityContext.privileged") ||
  !isOff(props, "securityContext.windowsOptions.hostProcess");

/** An unmasked /proc shows and takes settings of the kernel. */
const unmasksProc = ({ props }: Container): boolean =>
  isSet(props, "securityContext.procMount") &&
  textAt(props, "securityContext.procMount") !== "Default";

const those = ({ containers }: Pod, are: (container: Container) => boolean): string =>
  containers
    .filter(are)
    .map(({ name }) => name)
    .join(", ");

function judgeContainers(pod: Pod, onHost: boolean): string[] {
  const ports = those(pod, hasHostPort);
  const privileged = those(pod, isPrivileged);
  const unmasked = those(pod, unmasksProc);
  return unless(
    [onHost || ports === "", `ports must have no hostPort: container ${ports}`],
    [privileged === "", `securityContext.privileged must be off: container ${privileged}`],
    [unmasked === "", `securityContext.procMount must be left out: container ${unmasked}`],
  );
}

export const hostAccess: Rule = {
  id: "K03",
  name: "k03-host-access",
  level: "mandatory",
  description:
    "No pod shares the node's network, processes, files or ports, and none is privileged",
  source: "C-0038/41/44/57",
  resource: podRule((pod) => {
    const { spec } = pod;
    const onHost = isVpnServer(pod); // k04 says what it must be instead
    const [paths, foreign] = [hostPaths(spec), foreignVolumes(spec)];
    return [
      ...unless(
        [onHost || isOff(spec, "hostNetwork"), "hostNetwork must be off"],
        [isOff(spec, "hostPID"), "hostPID must be off"],
        [isOff(spec, "hostIPC"), "hostIPC must be off"],
        [
          isOff(spec, "shareProcessNamespace"),
          "shareProcessNamespace must be off: a container would read the files of its neighbours",
        ],
        [isOff(spec, "securityContext.windowsOptions.hostProcess"), "hostProcess must be off"],
        [
          !isSet(spec, "securityContext.sysctls"),
          "securityContext.sysctls must be empty: what a node needs, its launch template sets",
        ],
        [paths.length === 0, `volumes must not be hostPath: ${paths.join(", ")}`],
        [
          foreign.length === 0,
          `volumes must each be one of ${VOLUMES.join(", ")}: ${foreign.join(", ")}`,
        ],
      ),
      ...judgeContainers(pod, onHost),
    ];
  }),
};
