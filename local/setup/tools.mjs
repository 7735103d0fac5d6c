// Where the binaries are that npm does not carry: on PATH when the version fits, else in a per-user
// cache keyed by version, which holds the official download or what the pinned Go modules give.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TOOLSETS } from "./toolsets.mjs";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const LANGUAGE_HOST = "pulumi-language-nodejs";
/** Debian keeps administrators' programs where an ordinary user's PATH does not look. */
const SYSTEM_FOLDERS = "/usr/sbin:/sbin";

export function cacheDirectory(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "securevpn", "tools");
}

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

/** The first version, as "1.35.4", that a binary prints; undefined: it prints none or does not run. */
export function versionOf(file, args) {
  const { stdout, status } = spawnSync(file, args, { encoding: "utf8", timeout: 20_000 });
  return status === 0 ? /(?<![\d.])\d+\.\d+\.\d+(?![\d.])/.exec(stdout)?.[0] : undefined;
}

export const toolsetDirectory = (toolset, env = process.env) =>
  join(cacheDirectory(env), `${toolset.directory}-${toolset.version}`);

/** Path of one binary that is already there; undefined: it must be fetched or built. */
export function locate(toolset, binary, env = process.env) {
  // The cache is keyed by version and filled by rename, so what lies there needs no look inside.
  const kept = join(toolsetDirectory(toolset, env), binary.name);
  if (existsSync(kept)) return kept;
  const found = onPath(binary.name, env.PATH);
  const version = found === undefined ? undefined : versionOf(found, binary.versionArgs);
  return version !== undefined && toolset.fits(version) ? found : undefined;
}

export const missingBinaries = (toolset, env = process.env) =>
  toolset.binaries.filter((binary) => locate(toolset, binary, env) === undefined);

/** Absolute paths of all binaries; those that set-up cannot provide everywhere may be undefined. */
export function resolveTools(env = process.env) {
  const found = new Map();
  for (const toolset of TOOLSETS) {
    for (const binary of toolset.binaries) found.set(binary.name, locate(toolset, binary, env));
  }
  const path = [env.PATH, SYSTEM_FOLDERS].join(delimiter);
  return {
    node: process.execPath,
    pulumi: found.get("pulumi"),
    etcd: found.get("etcd"),
    coredns: found.get("coredns"),
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

/**
 * Environment in which scripts and a `pulumi` typed by hand find Node 24, the CLI and a Node language
 * host: the one beside the CLI (official, or placed there by set-up), else ours on PATH.
 */
export function toolEnvironment(nodeDirectory = dirname(process.execPath), env = process.env) {
  const { pulumi } = resolveTools(env);
  const cli = pulumi === undefined ? [] : [dirname(pulumi)];
  const hosts = join(ROOT, "local", "language-host");
  const beside = cli.some((directory) => existsSync(join(directory, LANGUAGE_HOST)));
  const first = [nodeDirectory, ...cli, ...(beside ? [] : [hosts])];
  const rest = (env.PATH ?? "").split(delimiter).filter((directory) => !first.includes(directory));
  return {
    PATH: [...first, ...rest].join(delimiter),
    SECUREVPN_LANGUAGE_HOST: join(hosts, LANGUAGE_HOST),
  };
}
