import { AGENT } from "../../services/contract/index.ts";
import {
  addedCapabilities,
  cannotEscalate,
  dropsAll,
  hasDefaultSeccomp,
  hasNoRootGroup,
  hasReadOnlyRoot,
  isConfined,
  isNonRoot,
} from "../lib/container-security.ts";
import { containerRule } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";
import { isVpnServer } from "../lib/vpn-server.ts";

export const containerSecurity: Rule = {
  id: "K02",
  name: "k02-container-security",
  level: "mandatory",
  description:
    "Containers run as non-root, drop all capabilities, cannot escalate, and cannot write their root",
  source: "C-0013/16/17, CIS 4.2.5",
  resource: containerRule((container, pod) => {
    const everywhere = unless(
      [
        isConfined(container, pod),
        "AppArmor and SELinux must be left to the node: no unconfined profile, no seLinuxOptions",
      ],
      [
        hasNoRootGroup(container, pod),
        "securityContext.runAsGroup, fsGroup and supplementalGroups must not be 0",
      ],
    );
    // The one container with NET_ADMIN; k04 says what it must be.
    if (isVpnServer(pod) && container.name === AGENT.containers.dataPlane) return everywhere;
    const restricted = unless(
      [isNonRoot(container, pod), "securityContext.runAsNonRoot must be true, and runAsUser not 0"],
      [cannotEscalate(container), "securityContext.allowPrivilegeEscalation must be false"],
      [
        dropsAll(container) && addedCapabilities(container).length === 0,
        'securityContext.capabilities must drop "ALL" and add none',
      ],
      [
        hasDefaultSeccomp(container, pod),
        'securityContext.seccompProfile.type must be "RuntimeDefault"',
      ],
      [hasReadOnlyRoot(container), "securityContext.readOnlyRootFilesystem must be true"],
    );
    return [...restricted, ...everywhere];
  }),
};
