import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hasExited, stopPart } from "../cloud/process.ts";
import { Store } from "../cloud/store.ts";
import { INTERNET_RESOLVER, startInternetResolver } from "./internet.ts";
import { interfaceName, lowestFree } from "./simulated-underlay.ts";
import type { NetworkTools, Underlay, UnderlayContext, UnderlayHost } from "./underlay.ts";

const run = promisify(execFile);
const SWEEP = fileURLToPath(new URL("./sweep.sh", import.meta.url));
/** Host number of the bridge itself, the hosts' default gateway. */
const GATEWAY = 1;
const COMMAND_TIMEOUT_MS = 15_000;
/** Between the end of the internet's resolver and its next start. */
const RESOLVER_PAUSE_MS = 500;

/** What the sysctls of an endpoint node's launch template set; a new namespace starts with 0. */
const SYSCTLS =
  "for name in ipv4/ip_forward ipv6/conf/all/forwarding ipv4/ip_nonlocal_bind ipv6/ip_nonlocal_bind; " +
  "do echo 1 >/proc/sys/net/$name; done";

/**
 * One namespace `svpn<slot>-under` with a bridge and the internet's resolver, and one namespace per host with a veth to it. Both
 * ends of each veth are born inside namespaces, so the machine's own network is never touched. The
 * keeper process (`sweep.sh`) removes all of it at close and after a kill.
 */
export class NamespacedUnderlay implements Underlay {
  readonly mode = "real";
  readonly tools: NetworkTools;
  readonly #prefix: string;
  readonly #network: string;
  readonly #slot: number;
  readonly #keeper: ChildProcess;
  #resolver: ChildProcess | undefined;
  #closing = false;
  /** Host numbers survive a restart, so a node keeps its address. */
  readonly #numbers: Store<number>;
  readonly #hosts = new Map<string, UnderlayHost>();

  private constructor(ctx: UnderlayContext, tools: NetworkTools, keeper: ChildProcess) {
    this.tools = tools;
    this.#slot = ctx.addresses.slot;
    this.#prefix = `svpn${this.#slot}`;
    this.#network = ctx.addresses.underlayPrefix;
    this.#keeper = keeper;
    this.#numbers = new Store<number>(join(ctx.stateDir, "cloud", "underlay"));
  }

  /** Answers `refused` when this kernel or container does not let root make namespaces. */
  static async open(
    ctx: UnderlayContext,
    tools: NetworkTools,
  ): Promise<NamespacedUnderlay | { readonly refused: string }> {
    const underlay = new NamespacedUnderlay(
      ctx,
      tools,
      await startKeeper(ctx.addresses.slot, tools.ip),
    );
    try {
      await underlay.#makeBridge();
      await underlay.#keepResolver(ctx);
      return underlay;
    } catch (error) {
      await underlay.close();
      return { refused: `no network namespaces here (${firstLine(error)})` };
    }
  }

  async addHost(name: string): Promise<UnderlayHost> {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(name) || name === "under") {
      throw new Error(`"${name}" cannot name a host of the underlay`);
    }
    if (this.#hosts.has(name)) throw new Error(`the underlay already has a host ${name}`);
    const host = this.#describe(name);
    this.#hosts.set(name, host);
    try {
      await this.#makeHost(host);
      return host;
    } catch (error) {
      await this.removeHost(name);
      throw new Error(`the underlay cannot make host ${name}: ${firstLine(error)}`, {
        cause: error,
      });
    }
  }

  async removeHost(name: string): Promise<void> {
    const host = this.#hosts.get(name);
    if (host === undefined) return;
    await this.#endProcesses(host);
    if (existsSync(`/run/netns/${host.netns}`)) await this.#ip("netns", "delete", host.netns);
    // Processes that are still ending keep a deleted namespace alive; its bridge port must go now,
    // or a new host of the same number finds the name taken.
    await this.#ip("-n", `${this.#prefix}-under`, "link", "delete", portName(host)).catch(
      () => undefined,
    );
    this.#hosts.delete(name);
    this.#numbers.delete(name);
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#resolver !== undefined) await stopPart(this.#resolver, "SIGTERM", 2_000);
    if (hasExited(this.#keeper)) return;
    const ended = once(this.#keeper, "exit");
    this.#keeper.stdin?.end();
    await ended;
    this.#hosts.clear();
  }

  /** The internet does not end with a process that plays it. */
  async #keepResolver(ctx: UnderlayContext): Promise<void> {
    const under = `${this.#prefix}-under`;
    const resolver = await startInternetResolver(ctx, this.tools.ip, under, `${this.#prefix}dns`);
    this.#resolver = resolver;
    if (this.#closing) return void resolver.kill("SIGTERM");
    resolver.once("exit", () => {
      setTimeout(() => {
        if (!this.#closing)
          this.#keepResolver(ctx).catch((error: unknown) => ctx.say(firstLine(error)));
      }, RESOLVER_PAUSE_MS).unref();
    });
  }

  #describe(name: string): UnderlayHost {
    const taken = this.#numbers.entries().map(([, number]) => number);
    const number = this.#numbers.get(name) ?? lowestFree(taken, GATEWAY + 1, 254);
    this.#numbers.set(name, number);
    return {
      name,
      netns: `${this.#prefix}-${name}`,
      address: `${this.#network}.${number}`,
      interfaceName: interfaceName(this.#slot, number),
    };
  }

  async #makeBridge(): Promise<void> {
    const under = `${this.#prefix}-under`;
    await this.#ip("netns", "add", under);
    await this.#ip("-n", under, "link", "set", "lo", "up");
    await this.#ip("-n", under, "link", "add", "br0", "type", "bridge");
    await this.#ip("-n", under, "address", "add", `${this.#network}.${GATEWAY}/24`, "dev", "br0");
    await this.#ip("-n", under, "link", "set", "br0", "up");
    const { address } = INTERNET_RESOLVER;
    await this.#ip("-n", under, "address", "add", `${address}/32`, "dev", "br0");
  }

  async #makeHost(host: UnderlayHost): Promise<void> {
    const under = `${this.#prefix}-under`;
    const { netns } = host;
    const port = portName(host);
    await this.#ip("netns", "add", netns);
    await this.#ip(
      "-n",
      under,
      "link",
      "add",
      port,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      netns,
    );
    await this.#ip("-n", under, "link", "set", port, "master", "br0", "up");
    await this.#ip("-n", netns, "link", "set", "lo", "up");
    await this.#ip("-n", netns, "address", "add", `${host.address}/24`, "dev", "eth0");
    await this.#ip("-n", netns, "link", "set", "eth0", "up");
    await this.#ip("-n", netns, "route", "add", "default", "via", `${this.#network}.${GATEWAY}`);
    await this.#ip("netns", "exec", netns, "sh", "-c", SYSCTLS);
  }

  /** Ends our processes in a host's namespace: those that carry an interface's name of this slot. */
  async #endProcesses(host: UnderlayHost): Promise<void> {
    const script =
      'for pid in $("$1" netns pids "$2"); do ' +
      'tr "\\0" "\\n" <"/proc/$pid/environ" 2>/dev/null | grep -q "^WIREGUARD_INTERFACE=$3" && kill -KILL "$pid"; ' +
      'done; rm -f "/run/wireguard/$4.sock"';
    const args = [this.tools.ip, host.netns, this.#prefix, host.interfaceName];
    await run("sh", ["-c", script, "sh", ...args], { timeout: COMMAND_TIMEOUT_MS });
  }

  async #ip(...args: string[]): Promise<void> {
    await run(this.tools.ip, args, { timeout: COMMAND_TIMEOUT_MS });
  }
}

/** Name of a host's port on the bridge. */
const portName = (host: UnderlayHost): string =>
  `p${host.address.slice(host.address.lastIndexOf(".") + 1)}`;

function firstLine(error: unknown): string {
  const text =
    error instanceof Error && "stderr" in error && error.stderr !== ""
      ? String(error.stderr)
      : String(error);
  return text.split("\n")[0] ?? text;
}

/**
 * Starts the keeper and waits until it holds the slot and has removed what an earlier run left. It
 * is detached and without a death signal: it must outlive a killed cloud long enough to clean up.
 */
async function startKeeper(slot: number, ip: string): Promise<ChildProcess> {
  const lock = `/run/lock/securevpn-underlay-${slot}`;
  const args = [SWEEP, `svpn${slot}`, lock, `process ${process.pid}`, ip];
  const keeper = spawn("sh", args, {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
    env: process.env,
  });
  let answer = "";
  for await (const line of createInterface(keeper.stdout)) {
    answer = line;
    break;
  }
  if (answer === "ready") return keeper;
  keeper.stdin.end();
  throw new Error(
    answer.startsWith("busy")
      ? `the network namespaces of slot ${slot} belong to ${answer.slice(5)}, which still runs; ` +
          "stop it, or set SECUREVPN_SLOT to another number from 0 to 9"
      : `the keeper of the network namespaces did not start (sh ${SWEEP})`,
  );
}
