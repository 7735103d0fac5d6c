// What this machine has for a region, and what set-up has yet to get. Nothing is changed or installed.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { canInstall, missingPackages, PACKAGES } from "../debian.mjs";
import { checkMachine } from "../machine.mjs";
import { holdsPackages } from "../npm.mjs";
import { cacheDirectory, missingBinaries, onPath, ROOT } from "../tools.mjs";
import { TOOLSETS } from "../toolsets.mjs";
import { blocks, finding, less, ok } from "./finding.mjs";
import { takenPorts } from "./ports.mjs";

const MIB = 1024 * 1024;
/** Of node_modules, installed from the lockfile. */
const PACKAGES_MB = 700;
/** Modules and build cache of Go for all that is compiled here. */
const BUILD_CACHE_MB = 5_000;
/** A region's databases, logs and the engine's state: local/commands/state-folder.ts refuses below. */
const REGION_MB = 700;
const KEPT_REGION_MB = 100;
/** All processes of a region together, most of it the API server, pods and the engine while it runs. */
export const REGION_MEMORY_MB = 2_600;
const MINUTES_OF_PACKAGES = 0.5;
const PROBE_MS = 5_000;
/** From this one on, Go fetches the newer Go that a module asks for. */
const GO_THAT_FETCHES = "1.21";

const firstLine = (command, args) =>
  (spawnSync(command, args, { encoding: "utf8", timeout: 10_000 }).stdout ?? "").split("\n")[0];
const succeeds = (command, args) =>
  spawnSync(command, args, { stdio: "ignore", timeout: 10_000 }).status === 0;

/** Whether `found`, as "1.26.8", is at least `wanted`. */
export function isAtLeast(found, wanted) {
  const [a, b] = [found, wanted].map((version) => version.split(".").map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

export function goNeeded(toolset, root = ROOT) {
  const text = readFileSync(join(root, "tools", toolset.directory, "go.mod"), "utf8");
  return /^go (\S+)$/m.exec(text)?.[1] ?? "";
}

function kindOfMachine() {
  try {
    checkMachine();
    return ok(
      "machine",
      `${process.platform} ${process.arch}, ${availableParallelism()} cores, Node ${process.versions.node}`,
    );
  } catch (error) {
    return blocks("machine", error.message, "");
  }
}

function npmPackages() {
  const npm = onPath("npm");
  if (npm === undefined) return blocks("npm", "not on PATH", "Install npm, which comes with Node.");
  if (holdsPackages(ROOT)) return ok("npm packages", "as the lockfile says");
  const advice = `npm ci from the npm registry, half a minute, ${PACKAGES_MB} MB`;
  return {
    ...finding("set-up", "npm packages", "not there, or not as the lockfile says", advice),
    minutes: MINUTES_OF_PACKAGES,
    megabytes: PACKAGES_MB,
  };
}

async function reachable(url) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PROBE_MS);
  try {
    return (await fetch(url, { method: "HEAD", signal: abort.signal })).ok;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** What set-up will do for a missing binary: the official download, else a build by Go. */
export function judgeTool(toolset, { go, published }) {
  const name = `${toolset.name} ${toolset.version}`;
  const size = `, ${toolset.megabytes} MB`;
  const cost = { minutes: toolset.minutes, megabytes: toolset.megabytes };
  if (published)
    return {
      ...finding("set-up", name, "missing", `official download${size}`),
      ...cost,
      minutes: 1,
    };
  const wanted = goNeeded(toolset);
  if (go !== undefined && isAtLeast(go, GO_THAT_FETCHES)) {
    const newer = isAtLeast(go, wanted) ? "" : ` by a Go ${wanted} that Go ${go} fetches`;
    const advice = `compiled here${newer}, about ${toolset.minutes} min on 2 cores${size}`;
    return { ...finding("set-up", name, "missing", advice), ...cost };
  }
  return blocks(
    name,
    `missing, its publisher cannot be reached, and Go is ${go ?? "missing"}`,
    `Install Go ${wanted} or newer (https://go.dev/dl), or put it on PATH in this version.`,
  );
}

/** Publishers are asked only for what is missing. */
function tools() {
  const go = onPath("go") && /go(\d+\.\d+(?:\.\d+)?)/.exec(firstLine("go", ["version"]))?.[1];
  return Promise.all(
    TOOLSETS.map(async (toolset) =>
      missingBinaries(toolset).length === 0
        ? ok(`${toolset.name} ${toolset.version}`, "on PATH or in the cache")
        : judgeTool(toolset, { go, published: await reachable(toolset.files[0].url) }),
    ),
  );
}

/** What a region lacks without a package. */
const LOST = {
  "wireguard-go": "tunnels are simulated",
  "wireguard-tools": "tunnels are simulated",
  iproute2: "tunnels are simulated",
  "iputils-ping": "tunnels are simulated",
  nftables: "the firewall of a VPN server is not tried",
};
const PROMETHEUS = ["prometheus", "prometheus-alertmanager"];

function debianPackages() {
  const missing = new Set(missingPackages().map(({ name }) => name));
  const command = (name) => `As root: apt-get install --no-install-recommends ${name}`;
  const found = PACKAGES.map(({ name, needed }) => {
    if (!missing.has(name)) return ok(name, "installed");
    if (canInstall()) return finding("set-up", name, "missing", "apt-get installs it");
    if (needed) return blocks(name, "missing", command(name));
    return less(name, "missing", `${LOST[name] ?? "not used"}. ${command(name)}`);
  });
  const monitoring = PROMETHEUS.map((name) =>
    onPath(name, `${process.env.PATH}:/usr/bin`) === undefined
      ? less(name, "missing", `its pods are shown as not run. ${command(name)}`)
      : ok(name, "installed"),
  );
  return [...found, ...monitoring];
}

function namespaces() {
  const root = process.getuid() === 0;
  const usable = (path) => {
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
      return true;
    } catch {
      return false;
    }
  };
  const user = ["--user", "--map-user=65534", "--map-group=65534", "true"];
  const databases =
    !root || succeeds("unshare", user)
      ? ok("user for PostgreSQL", root ? "a user namespace" : "not root")
      : blocks(
          "user for PostgreSQL",
          "root, and no user namespace can be made",
          "Start as another user, or allow user namespaces (sysctl user.max_user_namespaces).",
        );
  const reason = !root
    ? "not root"
    : !usable("/dev/net/tun")
      ? "no usable /dev/net/tun"
      : !succeeds("unshare", ["--net", "true"])
        ? "no network namespace can be made"
        : undefined;
  return [
    databases,
    reason === undefined
      ? ok("real tunnels", "root, /dev/net/tun, network namespaces")
      : less("real tunnels", reason, "tunnels are simulated; all else is real"),
  ];
}

function freeMb(folder) {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return Math.floor((bavail * bsize) / MIB);
}

function room(name, folder, needed) {
  const free = freeMb(folder);
  const found = `${free.toLocaleString("en")} MB free in ${folder}`;
  return free >= needed
    ? ok(name, found)
    : blocks(name, found, `It takes ${needed.toLocaleString("en")} MB: free some.`);
}

function memory(text = readFileSync("/proc/meminfo", "utf8")) {
  const free = Math.floor(Number(/^MemAvailable:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024);
  const found = `${free.toLocaleString("en")} MB available`;
  return free >= REGION_MEMORY_MB
    ? ok("memory", found)
    : less(
        "memory",
        found,
        `a region takes about ${REGION_MEMORY_MB.toLocaleString("en")} MB: it may be slow, or the kernel may end a part`,
      );
}

/** Whether the process that took the state folder still runs. */
function isHeld(lockFile) {
  try {
    return existsSync(`/proc/${JSON.parse(readFileSync(lockFile, "utf8")).pid}`);
  } catch {
    return false;
  }
}

function ports(stateDir) {
  const slot = Number(process.env.SECUREVPN_SLOT ?? 0);
  const taken = takenPorts(slot);
  if (taken.length === 0) return ok("ports", `all of slot ${slot} are free`);
  const found = taken.map(({ address, port, what }) => `${port} on ${address} (${what})`);
  if (isHeld(join(stateDir, "lock.json")))
    return ok("ports", `a region of ${stateDir} holds ${taken.length} of them: npm run status`);
  return blocks(
    "ports",
    `in use: ${found.join(", ")}`,
    "Stop what holds them, or set SECUREVPN_SLOT to another number from 0 to 9.",
  );
}

/** Time and disk that set-up will take, of what is not there yet. */
export function costOfSetUp(packages, binaries) {
  const waiting = [packages, ...binaries].filter(({ state }) => state === "set-up");
  const compiles = waiting.some(({ advice }) => advice.startsWith("compiled"));
  return {
    minutes: waiting.reduce((sum, { minutes = 0 }) => sum + minutes, 0),
    megabytes:
      waiting.reduce((sum, { megabytes = 0 }) => sum + megabytes, 0) +
      (compiles ? BUILD_CACHE_MB : 0),
  };
}

/** All findings of the machine, and what the first set-up takes. */
export async function examineMachine() {
  const stateDir = process.env.SECUREVPN_STATE ?? join(ROOT, ".state");
  const packages = npmPackages();
  const binaries = await tools();
  const setUp = costOfSetUp(packages, binaries);
  const forRegion = existsSync(join(stateDir, "parts")) ? KEPT_REGION_MB : REGION_MB;
  const findings = [
    kindOfMachine(),
    packages,
    ...binaries,
    ...debianPackages(),
    ...namespaces(),
    memory(),
    room("disk for a region", stateDir, forRegion),
    ...(setUp.megabytes > 0 ? [room("disk for set-up", cacheDirectory(), setUp.megabytes)] : []),
    ports(stateDir),
  ];
  return { findings, setUp };
}
