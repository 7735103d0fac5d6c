// What set-up cannot change: the kind of machine, and programs that every supported Linux carries.
import { SetupError } from "./say.mjs";
import { onPath } from "./tools.mjs";

const OLDEST_NODE = 20;
/** setpriv and flock are of util-linux, which Debian calls essential; tar unpacks official downloads. */
const PROGRAMS = ["setpriv", "flock", "tar"];

/** Throws what is wrong with this machine, in words for the person who sits at it. */
export function checkMachine({ platform, arch, versions } = process, path = process.env.PATH) {
  if (platform !== "linux" || !["x64", "arm64"].includes(arch)) {
    throw new SetupError(
      `a region of SecureVPN runs on Linux (x64 or arm64) only; this is ${platform} ${arch}. ` +
        "Use a Linux machine, a virtual machine or WSL 2.",
    );
  }
  if (Number(versions.node.split(".")[0]) < OLDEST_NODE) {
    throw new SetupError(
      `set-up needs Node ${OLDEST_NODE} or newer to begin with; this is ${versions.node}.`,
    );
  }
  const missing = PROGRAMS.filter((name) => onPath(name, `${path}:/usr/bin:/bin`) === undefined);
  if (missing.length > 0) {
    throw new SetupError(
      `${missing.join(", ")} is missing. Install util-linux and tar, then start again.`,
    );
  }
}
