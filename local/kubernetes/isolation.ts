import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The user that containers run as when the cloud runs as root: `nobody`. */
export const CONTAINER_UID = 65534;

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** How this machine lets a root cloud start containers as an ordinary user. */
export interface Isolation {
  /** Undefined: the cloud itself is no root, so neither are its containers. */
  readonly defaultIdentity: Identity | undefined;
  /** Wraps a command so that it runs as the identity. */
  wrap(identity: Identity | undefined, argv: readonly string[]): string[];
}

const RESOLVER = fileURLToPath(new URL("../cloud/resolve.mjs", import.meta.url));

/**
 * The checkout and the state folder may lie below /root, where another user may not even look. So
 * the containers keep the one capability to read past folder permissions: they are this repository's
 * own code. What they lose with root is all that could harm the machine. Without that capability in
 * the bounding set (a container runtime's default) dac_override does, the next smallest.
 */
const CAPABILITIES = [[], ["dac_read_search"], ["dac_override"]] as const;

function dropArguments(identity: Identity, capabilities: readonly string[]): string[] {
  const list = capabilities.map((name) => `+${name}`).join(",");
  return [
    `--reuid=${identity.uid}`,
    `--regid=${identity.gid}`,
    "--clear-groups",
    ...(list === "" ? [] : [`--inh-caps=${list}`, `--ambient-caps=${list}`]),
    // Set again: the kernel clears the death signal when a process changes its user.
    "--pdeathsig=KILL",
    "--",
  ];
}

/** Tries what this machine allows; `probeFiles` must be readable for containers. */
export function detectIsolation(probeFiles: readonly string[]): Isolation {
  if (process.getuid?.() !== 0)
    return { defaultIdentity: undefined, wrap: (_identity, argv) => [...argv] };
  const nobody: Identity = { uid: CONTAINER_UID, gid: CONTAINER_UID };
  const capabilities = CAPABILITIES.find(
    // Reads for real: access(2), and so test(1), ignores the capabilities of a user that is not root.
    (list) =>
      spawnSync("setpriv", [...dropArguments(nobody, list), "cat", RESOLVER, ...probeFiles])
        .status === 0,
  );
  if (capabilities === undefined)
    return { defaultIdentity: undefined, wrap: (_identity, argv) => [...argv] };
  return {
    defaultIdentity: nobody,
    wrap: (identity, argv) =>
      identity === undefined || identity.uid === 0
        ? [...argv]
        : ["setpriv", ...dropArguments(identity, capabilities), ...argv],
  };
}
