import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { hasExited, stopPart } from "../cloud/process.ts";
import type { NetworkTools, UnderlayHost } from "../network/underlay.ts";
import { parseWireguardConfig, type WireguardConfig } from "../network/wireguard-config.ts";

const run = promisify(execFile);
const COMMAND_TIMEOUT_MS = 10_000;
const INTERFACE_TIMEOUT_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 20_000;
/** Real questions to the servers named, whatever the machine's own resolver is. */
const RESOLVE = `
const [name, ...servers] = process.argv.slice(1);
const resolver = new (require("node:dns").promises.Resolver)({ timeout: 2_000, tries: 3 });
resolver.setServers(servers);
resolver.resolve4(name).then((found) => console.log(found.join("\\n")));
`;
/** See `handshake`. */
const KICK_EVERY_MS = 700;

export interface TunnelOptions {
  readonly tools: NetworkTools;
  readonly host: UnderlayHost;
  /** The wg-quick file that the API gave; it never holds the private key. */
  readonly configText: string;
  readonly privateKey: string;
  readonly signal: AbortSignal;
}

/** A client's end of a tunnel: wireguard-go in the client's own network namespace. */
export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #config: WireguardConfig;
  readonly #process: ChildProcess;
  #log = "";

  private constructor(options: TunnelOptions, config: WireguardConfig) {
    this.#options = options;
    this.#config = config;
    const { tools, host } = options;
    const inside = [
      tools.ip,
      "netns",
      "exec",
      host.netns,
      tools.wireguardGo,
      "-f",
      host.interfaceName,
    ];
    this.#process = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...inside], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      // The interface's name marks the process as the underlay's, which removes it when all else fails.
      env: {
        PATH: process.env["PATH"] ?? "",
        LOG_LEVEL: "error",
        WIREGUARD_INTERFACE: host.interfaceName,
      },
    });
    const keep = (chunk: Buffer): void =>
      void (this.#log = (this.#log + chunk.toString("utf8")).slice(-2_000));
    this.#process.stdout?.on("data", keep);
    this.#process.stderr?.on("data", keep);
    this.#process.on("error", (error) => keep(Buffer.from(error.message)));
  }

  /** Brings the interface up as wg-quick would, all traffic of the namespace through the tunnel. */
  static async open(options: TunnelOptions): Promise<Tunnel> {
    const config = parseWireguardConfig(options.configText);
    if (config.peers.length !== 1 || config.addresses.length === 0) {
      throw new Error("the configuration needs one [Peer] and an Address");
    }
    const tunnel = new Tunnel(options, config);
    try {
      await tunnel.#waitForInterface();
      await tunnel.#applyPeer();
      await tunnel.#addAddresses();
      return tunnel;
    } catch (error) {
      await tunnel.close();
      throw error;
    }
  }

  /**
   * Waits for the first handshake; resolves with the milliseconds it took. WireGuard repeats an
   * unanswered initiation only after 5 s, and the server's agent may be some 100 ms behind the
   * API's answer: replacing the peer starts a new initiation at once.
   */
  async handshake(pingTarget: string): Promise<number> {
    const { tools, host, signal } = this.#options;
    const from = performance.now();
    let kickedAt = from;
    void this.#nudge(pingTarget);
    while (performance.now() - from < HANDSHAKE_TIMEOUT_MS) {
      const { stdout } = await run(tools.wg, ["show", host.interfaceName, "latest-handshakes"], {
        signal,
        timeout: COMMAND_TIMEOUT_MS,
      });
      if (Number(stdout.trim().split("\t")[1] ?? "0") > 0) return performance.now() - from;
      if (performance.now() - kickedAt > KICK_EVERY_MS) {
        kickedAt = performance.now();
        await this.#applyPeer();
        void this.#nudge(pingTarget);
      }
      await sleep(20, undefined, { signal });
    }
    const endpoint = this.#config.peers[0]?.endpoint ?? "no endpoint";
    throw new Error(`no handshake with ${endpoint} within ${HANDSHAKE_TIMEOUT_MS / 1000} s`);
  }

  /** Pings through the tunnel; resolves with the average round trip in milliseconds. */
  async ping(target: string): Promise<number> {
    const { tools, host, signal } = this.#options;
    const options = ["-c", "3", "-i", "0.2", "-W", "3", "-I", host.interfaceName];
    const args = this.#pingArgs(target, options);
    try {
      const { stdout } = await run(tools.ip, args, { signal, timeout: COMMAND_TIMEOUT_MS });
      const average = /= [\d.]+\/([\d.]+)\//.exec(stdout)?.[1];
      if (average === undefined) throw new Error(`ping answered without a time: ${stdout}`);
      return Number(average);
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Error(`no answer from ${target} through the tunnel`, { cause: error });
    }
  }

  /** Asks the configuration's DNS servers through the tunnel for a name's IPv4 addresses. */
  async resolve(name: string): Promise<readonly string[]> {
    const { tools, host, signal } = this.#options;
    const node = [process.execPath, "-e", RESOLVE, name, ...this.#config.dns];
    try {
      const { stdout } = await run(tools.ip, ["netns", "exec", host.netns, ...node], {
        signal,
        timeout: COMMAND_TIMEOUT_MS,
      });
      return stdout.trim().split("\n");
    } catch (error) {
      if (signal.aborted) throw error;
      const servers = this.#config.dns.join(" and ");
      throw new Error(`${servers} did not resolve ${name} through the tunnel`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await stopPart(this.#process, "SIGTERM", 2_000);
  }

  async #waitForInterface(): Promise<void> {
    const { host, signal } = this.#options;
    const until = performance.now() + INTERFACE_TIMEOUT_MS;
    while (!existsSync(`/run/wireguard/${host.interfaceName}.sock`)) {
      if (hasExited(this.#process) || this.#process.pid === undefined) {
        throw new Error(`wireguard-go ended at once: ${this.#log.trim()}`);
      }
      if (performance.now() > until)
        throw new Error(`wireguard-go made no interface within ${INTERFACE_TIMEOUT_MS / 1000} s`);
      await sleep(10, undefined, { signal });
    }
  }

  /**
   * `wg setconf` replaces the whole configuration. The private key goes by a pipe, never a file;
   * `cat` makes a true pipe of Node's, which is a socket that /dev/stdin cannot open.
   */
  async #applyPeer(): Promise<void> {
    const { tools, host, privateKey, signal } = this.#options;
    const peer = this.#config.peers[0];
    if (peer === undefined) return;
    const lines = [
      "[Interface]",
      `PrivateKey = ${privateKey}`,
      "[Peer]",
      `PublicKey = ${peer.publicKey}`,
    ];
    if (peer.presharedKey !== undefined) lines.push(`PresharedKey = ${peer.presharedKey}`);
    if (peer.endpoint !== undefined) lines.push(`Endpoint = ${peer.endpoint}`);
    lines.push(`AllowedIPs = ${peer.allowedIps.join(", ")}`);
    if (peer.keepalive !== undefined) lines.push(`PersistentKeepalive = ${peer.keepalive}`);
    const script = ["-c", 'cat | "$1" setconf "$2" /dev/stdin', "sh", tools.wg, host.interfaceName];
    const running = run("sh", script, { signal, timeout: COMMAND_TIMEOUT_MS });
    running.child.stdin?.end(`${lines.join("\n")}\n`);
    await running;
  }

  async #addAddresses(): Promise<void> {
    const { host } = this.#options;
    const device = host.interfaceName;
    for (const address of this.#config.addresses)
      await this.#ip("-n", host.netns, "address", "add", address, "dev", device);
    const mtu = this.#config.mtu === undefined ? [] : ["mtu", String(this.#config.mtu)];
    await this.#ip("-n", host.netns, "link", "set", device, ...mtu, "up");
    for (const route of this.#config.peers[0]?.allowedIps ?? []) {
      // The server's own address is on the underlay's link, a narrower route than any of these.
      await this.#ip(
        "-n",
        host.netns,
        ...(route.includes(":") ? ["-6"] : []),
        "route",
        "replace",
        route,
        "dev",
        device,
      );
    }
  }

  /** One packet, so that there is something to shake hands for. */
  async #nudge(target: string): Promise<void> {
    const { tools, host } = this.#options;
    const args = this.#pingArgs(target, ["-c", "1", "-W", "1"]);
    const env = { ...process.env, WIREGUARD_INTERFACE: host.interfaceName };
    await run(tools.ip, args, { timeout: COMMAND_TIMEOUT_MS, env }).catch(() => undefined);
  }

  /** Arguments of `ip` for a quiet ping from the client's own namespace. */
  #pingArgs(target: string, options: readonly string[]): string[] {
    const { tools, host } = this.#options;
    return ["netns", "exec", host.netns, tools.ping, "-n", "-q", ...options, target];
  }

  async #ip(...args: string[]): Promise<void> {
    await run(this.#options.tools.ip, args, {
      signal: this.#options.signal,
      timeout: COMMAND_TIMEOUT_MS,
    });
  }
}
