// The binaries that npm does not carry: from PATH when the version fits, else from the cache, else
// the official download checked against the publisher's checksums, else built from the Go modules
// pinned in tools/. Kept per user, keyed by version.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { SetupError, step } from "./say.mjs";
import { ETCD, KUBERNETES, PULUMI } from "./versions.mjs";

const GO_ARCHITECTURE = { x64: "amd64", arm64: "arm64" }[process.arch];
const DOWNLOAD_TIMEOUT_MS = 10_000;

export function cacheDirectory(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "securevpn", "tools");
}

const kubernetesFlags = () => {
  const [major, minor] = KUBERNETES.split(".");
  const base = "k8s.io/component-base/version";
  return `-s -w -X ${base}.gitVersion=v${KUBERNETES} -X ${base}.gitMajor=${major} -X ${base}.gitMinor=${minor}`;
};

/** One row a Go module: its binaries, how each tells its version, where it is published. */
export const TOOLSETS = [
  {
    name: "Pulumi CLI",
    directory: "pulumi",
    version: PULUMI,
    minutes: 4,
    binaries: [{ name: "pulumi", versionArgs: ["version"], package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" }],
    ldflags: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PULUMI}`,
  },
  {
    name: "etcd",
    directory: "etcd",
    version: ETCD,
    minutes: 1,
    binaries: [{ name: "etcd", versionArgs: ["--version"], package: "go.etcd.io/etcd/server/v3" }],
    ldflags: "-s -w",
  },
  {
    name: "Kubernetes control plane",
    directory: "kubernetes",
    version: KUBERNETES,
    minutes: 5,
    binaries: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((name) => ({
      name,
      versionArgs: ["--version"],
      package: `k8s.io/kubernetes/cmd/${name}`,
      // Each file is published beside its checksum, <file>.sha256.
      url: `https://dl.k8s.io/release/v${KUBERNETES}/bin/linux/${GO_ARCHITECTURE}/${name}`,
    })),
    ldflags: kubernetesFlags(),
  },
];

export function onPath(name, path = process.env.PATH ?? "") {
  for (const directory of path.split(delimiter).filter(Boolean)) {
    try {
      const file = join(directory, name);
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this directory
    }
  }
  return undefined;
}

/** Whether a binary prints exactly this version (1.35.4 is not 1.35.40). */
export function hasVersion(file, args, version) {
  const { stdout, status } = spawnSync(file, args, { encoding: "utf8", timeout: 20_000 });
  return status === 0 && new RegExp(`(^|[^0-9.])v?${version.replaceAll(".", "\\.")}([^0-9.]|$)`, "m").test(stdout);
}

const cached = (toolset, binary) => join(cacheDirectory(), `${toolset.directory}-${toolset.version}`, binary.name);

/** Path of one binary that is already there; undefined: it must be fetched or built. */
function locate(toolset, binary) {
  const kept = cached(toolset, binary);
  if (existsSync(kept)) return kept;
  const found = onPath(binary.name);
  return found !== undefined && hasVersion(found, binary.versionArgs, toolset.version) ? found : undefined;
}

async function download(binary, target) {
  const get = async (url) => {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
    return response;
  };
  const wanted = (await (await get(`${binary.url}.sha256`)).text()).trim().split(/\s+/)[0];
  const content = Buffer.from(await (await get(binary.url)).arrayBuffer());
  const found = createHash("sha256").update(content).digest("hex");
  if (found !== wanted) throw new SetupError(`${binary.url}: checksum is ${found}, published is ${wanted}; the file is not used`);
  writeFileSync(target, content);
  chmodSync(target, 0o755);
}

function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
    let tail = "";
    child.stderr.on("data", (chunk) => (tail = (tail + chunk).slice(-4_000)));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(tail.trim() || `exit code ${code}`))));
  });
}

async function build(root, toolset, missing, directory) {
  const go = onPath("go");
  if (go === undefined) {
    throw new SetupError(
      `${toolset.name} ${toolset.version} is not on PATH, cannot be downloaded and cannot be built: there is no Go. ` +
        `Install it on PATH (${missing.map((b) => b.name).join(", ")}), or install Go 1.25 or newer, and start again.`,
    );
  }
  const args = ["build", "-trimpath", "-ldflags", toolset.ldflags, "-o", `${directory}/`, ...missing.map((b) => b.package)];
  // etcd's main package is called server/v3; go names the binary after the path's last element.
  if (missing.length === 1) args[args.indexOf("-o") + 1] = join(directory, missing[0].name);
  try {
    await run(go, args, { cwd: join(root, "tools", toolset.directory), env: { ...process.env, GOFLAGS: "-mod=readonly -buildvcs=false" } });
  } catch (error) {
    throw new SetupError(
      `building ${toolset.name} ${toolset.version} failed: ${error.message}\nFree disk space or network for the Go module proxy may lack; ` +
        `or put ${missing.map((b) => b.name).join(", ")} of that version on PATH. Then start again.`,
    );
  }
}

/** Fetches or builds what a toolset lacks. Parts of a killed run never count: a rename is the last step. */
async function provide(root, toolset, missing) {
  const target = join(cacheDirectory(), `${toolset.directory}-${toolset.version}`);
  mkdirSync(target, { recursive: true });
  const draft = mkdtempSync(join(cacheDirectory(), ".draft-"));
  try {
    let rest = missing;
    if (missing.every((binary) => binary.url !== undefined)) {
      try {
        await step(toolset.name, "official download, checked against the published checksums", () =>
          Promise.all(missing.map((binary) => download(binary, join(draft, binary.name)))),
        );
        rest = [];
      } catch (error) {
        if (error instanceof SetupError) throw error;
      }
    }
    if (rest.length > 0) {
      await step(toolset.name, `compiles from its pinned Go modules, about ${toolset.minutes} min on 2 cores, once`, () =>
        build(root, toolset, rest, draft),
      );
    }
    for (const binary of missing) renameSync(join(draft, binary.name), join(target, binary.name));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Makes sure that every binary is there. Toolsets go one after the other: each compile uses all cores. */
export async function installTools(root) {
  for (const toolset of TOOLSETS) {
    const missing = toolset.binaries.filter((binary) => locate(toolset, binary) === undefined);
    if (missing.length > 0) await provide(root, toolset, missing);
  }
}

/** Absolute paths of all binaries; those that set-up cannot provide everywhere may be undefined. */
export function resolveTools() {
  const found = new Map();
  for (const toolset of TOOLSETS) for (const binary of toolset.binaries) found.set(binary.name, locate(toolset, binary));
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  return {
    node: process.execPath,
    pulumi: found.get("pulumi"),
    etcd: found.get("etcd"),
    kubeApiserver: found.get("kube-apiserver"),
    kubeControllerManager: found.get("kube-controller-manager"),
    kubeScheduler: found.get("kube-scheduler"),
    redisServer: onPath("redis-server", path) ?? onPath("valkey-server", path),
    wireguardGo: onPath("wireguard-go", path),
    wg: onPath("wg", path),
    ip: onPath("ip", path),
    ping: onPath("ping", path),
    nft: onPath("nft", path),
  };
}
