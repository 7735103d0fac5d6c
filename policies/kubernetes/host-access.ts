import { at, isObject, isOff, isSet, listAt, textAt, type PlannedObject } from "../lib/planned.ts";
import { podRule } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";
import { isVpnServer } from "../lib/vpn-server.ts";

/** Names of the volumes that are, or may be, folders of the node. */
function hostPaths(spec: PlannedObject): string[] {
  if (at(spec, "volumes") !== undefined && !Array.isArray(spec["volumes"])) return ["unknown"];
  return listAt(spec, "volumes")
    .filter((volume) => !isObject(volume) || isSet(volume, "hostPath"))
    .map((volume) => textAt(volume, "name") ?? "unknown");
}

const hasHostPort = (container: PlannedObject): boolean =>
  (at(container, "ports") !== undefined && !Array.isArray(container["ports"])) ||
  listAt(container, "ports").some((port) => !isObject(port) || isSet(port, "hostPort"));

export const hostAccess: Rule = {
  id: "K03",
  name: "k03-host-access",
  level: "mandatory",
  description:
    "No pod shares the node's network, processes, files or ports, and none is privileged",
  source: "C-0038/41/44/57",
  resource: podRule((pod) => {
    const { spec, containers } = pod;
    const onHost = isVpnServer(pod); // k04 says what it must be instead
    const paths = hostPaths(spec);
    const ports = containers.filter(({ props }) => hasHostPort(props)).map(({ name }) => name);
    const privileged = containers
      .filter(({ props }) => !isOff(props, "securityContext.privileged"))
      .map(({ name }) => name);
    return unless(
      [onHost || isOff(spec, "hostNetwork"), "hostNetwork must be off"],
      [isOff(spec, "hostPID"), "hostPID must be off"],
      [isOff(spec, "hostIPC"), "hostIPC must be off"],
      [paths.length === 0, `volumes must not be hostPath: ${paths.join(", ")}`],
      [onHost || ports.length === 0, `ports must have no hostPort: container ${ports.join(", ")}`],
      [
        privileged.length === 0,
        `securityContext.privileged must be off: container ${privileged.join(", ")}`,
      ],
    );
  }),
};
