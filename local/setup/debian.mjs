// Debian packages of the region's real parts. Only root on a Debian can install them; elsewhere the
// person gets the one command to type.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SetupError, say, step } from "./say.mjs";
import { onPath } from "./tools.mjs";

/** Package and the command by which we know that it is there. */
export const PACKAGES = [
  { name: "redis-server", command: "redis-server", needed: true },
  { name: "wireguard-go", command: "wireguard-go", needed: false },
  { name: "wireguard-tools", command: "wg", needed: false },
  { name: "nftables", command: "nft", needed: false },
  { name: "iproute2", command: "ip", needed: false },
  { name: "iputils-ping", command: "ping", needed: false },
];

const SEARCH_PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

export function missingPackages(path = SEARCH_PATH) {
  return PACKAGES.filter((item) => onPath(item.command, path) === undefined);
}

function apt(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn("apt-get", args, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", ...env }, stdio: ["ignore", "ignore", "pipe"] });
    let tail = "";
    child.stderr.on("data", (chunk) => (tail = (tail + chunk).slice(-2_000)));
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(tail.trim() || `apt-get ended with ${code}`))));
  });
}

/** Installs without recommended packages (they drag in a kernel) and without starting a service. */
async function install(names) {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  const scratch = mkdtempSync(join(tmpdir(), "securevpn-apt-"));
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await apt(["update"]);
    await apt(["install", "-y", "--no-install-recommends", ...names]);
  } finally {
    if (ours) rmSync(policy, { force: true });
    rmSync(scratch, { recursive: true, force: true });
  }
}

export async function installPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const names = missing.map((item) => item.name);
  const command = `apt-get install --no-install-recommends ${names.join(" ")}`;
  if (process.getuid() === 0 && onPath("apt-get") !== undefined) {
    try {
      await step("Debian packages", `apt-get installs ${names.join(", ")}`, () => install(names));
      return;
    } catch (error) {
      throw new SetupError(`installing ${names.join(", ")} failed: ${error.message}\nTry "${command}" by hand, then start again.`);
    }
  }
  const needed = missing.filter((item) => item.needed).map((item) => item.name);
  if (needed.length > 0) throw new SetupError(`${needed.join(", ")} is missing. Install it (on Debian as root: ${command}), then start again.`);
  say(`${names.join(", ")} missing: the VPN data plane will be simulated (for real tunnels, as root: ${command})`);
}
