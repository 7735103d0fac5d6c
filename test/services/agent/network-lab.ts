import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { eventually } from "../../support/waiting.ts";

const SCRIPT = join(import.meta.dirname, "../../../services/agent/data-plane.sh");
const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
export const program = (name: string): string | undefined =>
  FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path));

export const labPossible = (): boolean =>
  process.getuid?.() === 0 &&
  existsSync("/dev/net/tun") &&
  ["ip", "wg", "wireguard-go", "ping", "nft"].every((name) => program(name) !== undefined);

export const genkey = (): string => execFileSync("wg", ["genkey"], { encoding: "utf8" }).trim();
export const pubkey = (key: string): string =>
  execFileSync("wg", ["pubkey"], { input: key, encoding: "utf8" }).trim();

/** Programs that data-plane.sh uses beyond the firewall's. */
const TOOLS = [
  "ip",
  "wireguard-go",
  "awk",
  "cat",
  "chmod",
  "date",
  "mkdir",
  "mv",
  "rm",
  "sleep",
  "touch",
  "tr",
  "xargs",
];

function needed(name: string): string {
  const path = program(name);
  if (path === undefined) throw new Error(`this machine has no ${name}`);
  return path;
}

/** Of the region itself: metadata of both families, a machine of its VPC, a Service, one behind NAT64. */
export const REGION_ADDRESSES = [
  "169.254.169.254",
  "fd00:ec2::254",
  "10.16.0.9",
  "172.20.0.10",
  "64:ff9b::a10:9",
];

export interface Variant {
  readonly shell: readonly string[];
  readonly firewall: readonly string[];
}

export interface Client {
  readonly name: string;
  readonly netns: string;
  readonly interfaceName: string;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly allowedIps: readonly string[];
}

/**
 * A VPN server, two clients and a piece of the world, each in a network namespace of its own:
 *
 *   one, two -- 198.51.100.0/24 per client -- server -- 203.0.113.0/24 -- world (and the region)
 *
 * The world has no route to the tunnel's addresses, so an answer proves the masquerade.
 */
export class NetworkLab {
  readonly directory = mkdtempSync(join(tmpdir(), "securevpn-data-plane-"));
  readonly serverKey = genkey();
  readonly clients: Client[] = [];
  readonly interfaceName: string;
  readonly #prefix: string;
  readonly #running: ChildProcess[] = [];
  readonly #variant: Variant;
  #version = 0;
  dataPlane: ChildProcess | undefined;
  output = "";

  constructor(id: string, variant: Variant) {
    this.#prefix = `svpn-c2-${process.pid}-${id}`;
    this.interfaceName = `c2${process.pid % 100_000}${id}s`;
    this.#variant = variant;
  }

  netns(host: string): string {
    return `${this.#prefix}-${host}`;
  }

  get shared(): string {
    return join(this.directory, "wireguard");
  }

  /** What was seen each time that rules were taken away while the interface still stood. */
  get unguardedLog(): string {
    return join(this.directory, "unguarded");
  }

  get brokenFlag(): string {
    return join(this.directory, "wg-is-broken");
  }

  build(): void {
    for (const host of ["server", "one", "two", "world"]) {
      execFileSync("ip", ["netns", "add", this.netns(host)]);
      this.in(host, "ip", "link", "set", "lo", "up");
    }
    this.in("server", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    this.#link("one", "198.51.100.1/30", "198.51.100.2/30");
    this.#link("two", "198.51.100.5/30", "198.51.100.6/30");
    this.#link("world", "203.0.113.1/24", "203.0.113.2/24");
    this.in("server", "ip", "address", "add", "2001:db8::1/64", "dev", "to-world", "nodad");
    this.in("world", "ip", "address", "add", "2001:db8::2/64", "dev", "up0", "nodad");
    for (const address of REGION_ADDRESSES) {
      const via = address.includes(":") ? "2001:db8::2" : "203.0.113.2";
      this.in("world", "ip", "address", "add", address, "dev", "lo");
      this.in("server", "ip", "route", "add", address, "via", via);
    }
    mkdirSync(this.shared);
    this.#tools();
  }

  #link(host: string, serverAddress: string, hostAddress: string): void {
    execFileSync("ip", [
      "link",
      "add",
      "up0",
      "netns",
      this.netns(host),
      "type",
      "veth",
      "peer",
      "name",
      `to-${host}`,
      "netns",
      this.netns("server"),
    ]);
    this.in("server", "ip", "address", "add", serverAddress, "dev", `to-${host}`);
    this.in("server", "ip", "link", "set", `to-${host}`, "up");
    this.in(host, "ip", "address", "add", hostAddress, "dev", "up0");
    this.in(host, "ip", "link", "set", "up0", "up");
  }

  /**
   * A PATH with nothing but what a variant may use, a `wg` whose `syncconf` can be made to fail, and
   * firewall programs that note when they take rules away while the interface stands.
   */
  #tools(): void {
    mkdirSync(this.#bin);
    for (const name of TOOLS) symlinkSync(needed(name), join(this.#bin, name));
    this.#wrap("wg", `[ "$1" = syncconf ] && [ -e "${this.brokenFlag}" ] && exit 1`);
    for (const name of this.#variant.firewall)
      this.#wrap(
        name,
        `case " $* " in *" delete table "* | *" -D "*) [ -e "/sys/class/net/${this.interfaceName}" ] && echo "${name} $*" >>"${this.unguardedLog}" ;; esac`,
      );
  }

  get #bin(): string {
    return join(this.directory, "bin");
  }

  #wrap(name: string, before: string): void {
    const file = join(this.#bin, name);
    writeFileSync(file, `#!/bin/sh\n${before}\nexec ${needed(name)} "$@"\n`);
    chmodSync(file, 0o755);
  }

  in(host: string, ...command: string[]): string {
    return execFileSync("ip", ["netns", "exec", this.netns(host), ...command], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Whether one of a few pings is answered. */
  reaches(host: string, address: string, tries = 3): boolean {
    return (
      spawnSync("ip", [
        "netns",
        "exec",
        this.netns(host),
        "ping",
        "-n",
        "-c",
        String(tries),
        "-i",
        "0.2",
        "-W",
        "1",
        address,
      ]).status === 0
    );
  }

  start(environment: Record<string, string> = {}): void {
    const child = spawn(
      "ip",
      ["netns", "exec", this.netns("server"), ...this.#variant.shell, SCRIPT],
      {
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: this.#bin,
          ...(process.env["LD_LIBRARY_PATH"] === undefined
            ? {}
            : { LD_LIBRARY_PATH: process.env["LD_LIBRARY_PATH"] }),
          ...(process.env["XTABLES_LIBDIR"] === undefined
            ? {}
            : { XTABLES_LIBDIR: process.env["XTABLES_LIBDIR"] }),
          WIREGUARD_DIR: this.shared,
          WIREGUARD_INTERFACE: this.interfaceName,
          GATEWAY_ADDRESSES: "100.64.0.1/32 fd5e:cafe::1/128",
          TUNNEL_ROUTES: "100.64.0.0/10 fd5e:cafe::/48",
          WIREGUARD_MTU: "1380",
          ...environment,
        },
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    this.#running.push(child);
    this.dataPlane = child;
  }

  /** Writes desired.conf as the agent does: whole, by rename, each with another first line. */
  desire(...clients: readonly Client[]): void {
    const peers = clients.map(
      ({ publicKey, allowedIps }) =>
        `\n[Peer]\nPublicKey = ${publicKey}\nAllowedIPs = ${allowedIps.join(", ")}\n`,
    );
    this.writeDesired(
      `[Interface]\nPrivateKey = ${this.serverKey}\nListenPort = 51820\n${peers.join("")}`,
    );
  }

  writeDesired(text: string): void {
    const temporary = join(this.directory, "desired.new");
    writeFileSync(temporary, `# version ${(this.#version += 1)} epoch 1\n${text}`, { mode: 0o640 });
    execFileSync("mv", [temporary, join(this.shared, "desired.conf")]);
  }

  show(): string {
    const file = join(this.shared, "show.txt");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  wg(...what: string[]): string {
    return this.in("server", "wg", "show", this.interfaceName, ...what);
  }

  async addClient(name: "one" | "two", number: number): Promise<Client> {
    const interfaceName = `${this.interfaceName.slice(0, -1)}${number}`;
    const privateKey = genkey();
    const addresses = [`100.64.0.${number}/32`, `fd5e:cafe::${number}/128`];
    const client = {
      name,
      netns: this.netns(name),
      interfaceName,
      privateKey,
      publicKey: pubkey(privateKey),
      allowedIps: addresses,
    };
    const env = { ...process.env, WIREGUARD_INTERFACE: interfaceName, LOG_LEVEL: "error" };
    this.#running.push(
      spawn("ip", ["netns", "exec", client.netns, "wireguard-go", "-f", interfaceName], {
        detached: true,
        stdio: "ignore",
        env,
      }),
    );
    await eventually(
      `${name} has an interface`,
      () =>
        spawnSync("ip", ["netns", "exec", client.netns, "wg", "show", interfaceName]).status === 0,
    );
    for (const address of addresses)
      this.in(name, "ip", "address", "add", address, "dev", interfaceName);
    this.in(name, "ip", "link", "set", interfaceName, "mtu", "1380", "up");
    const tunnels = ["100.64.0.0/10", "fd5e:cafe::/48"];
    for (const route of [...tunnels, "203.0.113.0/24", "2001:db8::/64", ...REGION_ADDRESSES])
      this.in(name, "ip", "route", "add", route, "dev", interfaceName);
    this.clients.push(client);
    this.connect(client);
    return client;
  }

  /** Configures the tunnel anew, so that the next packet begins with a handshake. */
  connect({ name, interfaceName, privateKey }: Client): void {
    const endpoint = name === "one" ? "198.51.100.1:51820" : "198.51.100.5:51820";
    const file = join(this.directory, `${name}.conf`);
    const peer = `[Peer]\nPublicKey = ${pubkey(this.serverKey)}\nEndpoint = ${endpoint}\nAllowedIPs = 0.0.0.0/0, ::/0\n`;
    writeFileSync(file, `[Interface]\nPrivateKey = ${privateKey}\n`);
    this.in(name, "wg", "setconf", interfaceName, file);
    writeFileSync(file, `[Interface]\nPrivateKey = ${privateKey}\n${peer}`);
    this.in(name, "wg", "setconf", interfaceName, file);
  }

  /** The server's rules, as its firewall program prints them. */
  firewall(): string {
    return this.#variant.firewall.includes("nft")
      ? this.in("server", "nft", "list", "ruleset")
      : this.in("server", "iptables-save");
  }

  /** Processes of the server's namespace. */
  serverProcesses(): number[] {
    return execFileSync("ip", ["netns", "pids", this.netns("server")], { encoding: "utf8" })
      .split("\n")
      .filter(Boolean)
      .map(Number);
  }

  async dispose(): Promise<void> {
    for (const child of this.#running)
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await eventually("all processes ended", () =>
      this.#running.every((child) => child.exitCode !== null || child.signalCode !== null),
    ).catch(() => {
      for (const child of this.#running) child.kill("SIGKILL");
    });
    for (const host of ["server", "one", "two", "world"])
      spawnSync("ip", ["netns", "delete", this.netns(host)]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
