// Debian packages of the region's real parts. Only root on a Debian can install them; elsewhere the
// person gets the one command to type.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runChild, undoOnExit } from "./children.mjs";
import { withLock } from "./lock.mjs";
import { SetupError, say, step } from "./say.mjs";
import { cacheDirectory, onPath } from "./tools.mjs";

/** Package and the commands, one of which shows that it is there. */
export const PACKAGES = [
  { name: "redis-server", commands: ["redis-server", "valkey-server"], needed: true },
  { name: "wireguard-go", commands: ["wireguard-go"], needed: false },
  { name: "wireguard-tools", commands: ["wg"], needed: false },
  { name: "nftables", commands: ["nft"], needed: false },
  { name: "iproute2", commands: ["ip"], needed: false },
  { name: "iputils-ping", commands: ["ping"], needed: false },
];

/** What suites of `npm test` need beyond a region: the data plane also runs where only these are. */
export const TEST_PACKAGES = [
  { name: "iptables", commands: ["iptables"], needed: false },
  { name: "busybox", commands: ["busybox"], needed: false },
];

/** Debian's hook that is asked before a package starts its service. */
const POLICY = "/usr/sbin/policy-rc.d";
const POLICY_TEXT =
  "#!/bin/sh\n# Written by SecureVPN's set-up for the time of one apt-get.\nexit 101\n";
/** Optional packages that could not be had are not tried at every start, which would cost it seconds. */
const RETRY_AFTER_MS = 24 * 3600 * 1000;

export function missingPackages(path = `${process.env.PATH}:/usr/sbin:/sbin`, packages = PACKAGES) {
  return packages.filter(({ commands }) =>
    commands.every((command) => onPath(command, path) === undefined),
  );
}

const names = (packages) => packages.map((item) => item.name).join(" ");
const commandFor = (packages) => `apt-get install --no-install-recommends ${names(packages)}`;
/** Only root on a Debian can. */
export const canInstall = () =>
  process.getuid() === 0 && existsSync("/etc/debian_version") && onPath("apt-get") !== undefined;
const attemptFile = () => join(cacheDirectory(), "..", "debian-attempt.json");

function triedLately(packages) {
  try {
    const { at, packages: tried } = JSON.parse(readFileSync(attemptFile(), "utf8"));
    return tried === names(packages) && Date.now() - at < RETRY_AFTER_MS;
  } catch {
    return false;
  }
}

function rememberAttempt(packages) {
  mkdirSync(join(cacheDirectory(), ".."), { recursive: true });
  writeFileSync(attemptFile(), JSON.stringify({ at: Date.now(), packages: names(packages) }));
}

/** Without recommended packages (they drag in a kernel) and without starting a service. */
async function install(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Another apt-get of the machine holds the lock: wait for it, but not for ever.
  const common = ["-q", "-o", "DPkg::Lock::Timeout=300"];
  const ours = !existsSync(POLICY) || readFileSync(POLICY, "utf8") === POLICY_TEXT;
  const remove = () => rmSync(POLICY, { force: true });
  const forget = ours ? undoOnExit(remove) : () => {};
  if (ours) writeFileSync(POLICY, POLICY_TEXT, { mode: 0o755 });
  try {
    await runChild("apt-get", [...common, "update"], { env });
    await runChild(
      "apt-get",
      [...common, "install", "-y", "--no-install-recommends", ...packages.map((p) => p.name)],
      { env },
    );
  } finally {
    if (ours) remove();
    forget();
  }
}

async function tryToInstall(missing) {
  try {
    await step("Debian packages", `apt-get installs ${names(missing)}`, () => install(missing));
    return undefined;
  } catch (error) {
    rememberAttempt(missing);
    return error.message;
  }
}

/** What the person is told about packages that are still missing; throws when one is needed. */
export function judgeMissing(missing, reason) {
  if (missing.length === 0) return undefined;
  const command = commandFor(missing);
  const because = reason === undefined ? "" : ` (apt-get said: ${reason})`;
  if (missing.some((item) => item.needed)) {
    throw new SetupError(
      `${names(missing.filter((item) => item.needed))} is missing${because}.\n` +
        `Install it, on Debian and Ubuntu as root with "apt-get update && ${command}"; then start again.`,
    );
  }
  return `${names(missing)} missing${because}: the VPN data plane will be simulated. For real tunnels, as root: ${command}`;
}

/** What the person is told about suites that will be skipped; throws in CI, which must skip none of them. */
export function judgeMissingForTests(missing, reason, inCi = process.env.CI === "true") {
  if (missing.length === 0) return undefined;
  const because = reason === undefined ? "" : ` (apt-get said: ${reason})`;
  const line = `${names(missing)} missing${because}: suites of the data plane are skipped. As root: ${commandFor(missing)}`;
  if (inCi && canInstall()) throw new SetupError(line);
  return line;
}

async function installMissing(packages) {
  const missing = missingPackages(undefined, packages);
  if (missing.length === 0) return undefined;
  const onlyOptional = missing.every((item) => !item.needed);
  if (!canInstall() || (onlyOptional && triedLately(missing))) return undefined;
  return withLock(join(cacheDirectory(), "..", "debian.lock"), "Debian packages", () =>
    tryToInstall(missing),
  );
}

/** `forTests`: with what suites need and a region does not. */
export async function installDebianPackages({ forTests = false } = {}) {
  const reason = await installMissing([...PACKAGES, ...(forTests ? TEST_PACKAGES : [])]);
  const lines = [judgeMissing(missingPackages(), reason)];
  if (forTests) lines.push(judgeMissingForTests(missingPackages(undefined, TEST_PACKAGES), reason));
  for (const line of lines) if (line !== undefined) say(line);
}
