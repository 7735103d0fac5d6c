import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressPlan } from "../../../local/cloud/addresses.ts";
import { Parts } from "../../../local/cloud/parts.ts";
import { CertificateAuthority } from "../../../local/parts/certificate-authority.ts";
import { eventually } from "../../support/waiting.ts";
import type { UnderlayContext, UnderlayHost } from "../../../local/network/underlay.ts";

/** Slot of these tests: no other suite uses it. */
export const SLOT = 9;

export const find = (name: string): string | undefined =>
  ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

/** Whether this machine can have a real underlay. */
export const realPossible = (): boolean =>
  process.getuid?.() === 0 &&
  existsSync("/dev/net/tun") &&
  ["ip", "wg", "wireguard-go", "ping"].every((name) => find(name) !== undefined);

export interface TestContext extends UnderlayContext {
  readonly said: string[];
  dispose(): void;
}

export async function testContext(
  tools: Partial<UnderlayContext["tools"]> = {},
): Promise<TestContext> {
  const stateDir = mkdtempSync(join(tmpdir(), "securevpn-network-"));
  const said: string[] = [];
  const none = "/nonexistent";
  return {
    stateDir,
    addresses: addressPlan(SLOT),
    ca: await CertificateAuthority.open(join(stateDir, "pki")),
    parts: new Parts(),
    said,
    say: (line) => void said.push(line),
    tools: {
      node: process.execPath,
      pulumi: none,
      etcd: none,
      coredns: none,
      kubeApiserver: none,
      kubeControllerManager: none,
      kubeScheduler: none,
      ip: find("ip"),
      wg: find("wg"),
      wireguardGo: find("wireguard-go"),
      ping: find("ping"),
      ...tools,
    },
    dispose: () => rmSync(stateDir, { recursive: true, force: true }),
  };
}

/** Names of this slot's network namespaces. */
export const namespaces = (): string[] =>
  execFileSync("ip", ["netns", "list"], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "")
    .filter((name) => name.startsWith(`svpn${SLOT}-`));

export const inside = (host: UnderlayHost, ...command: string[]): string =>
  execFileSync("ip", ["netns", "exec", host.netns, ...command], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });

/** A WireGuard server in a host of the underlay, as a VPN server's data plane would be. */
export async function startServer(
  host: UnderlayHost,
  config: {
    privateKey: string;
    peers: readonly { publicKey: string; allowedIps: string }[];
    address: string;
  },
): Promise<ChildProcess> {
  const server = spawn(
    "ip",
    ["netns", "exec", host.netns, "wireguard-go", "-f", host.interfaceName],
    {
      detached: true,
      stdio: "ignore",
      env: { ...process.env, WIREGUARD_INTERFACE: host.interfaceName },
    },
  );
  await eventually("the server's interface exists", () =>
    existsSync(`/run/wireguard/${host.interfaceName}.sock`),
  );
  setPeers(host, config);
  inside(host, "ip", "address", "add", config.address, "dev", host.interfaceName);
  inside(host, "ip", "link", "set", host.interfaceName, "up");
  inside(host, "ip", "route", "add", "100.64.0.0/10", "dev", host.interfaceName);
  return server;
}

const DNS_MESSAGE = new URL("../../../local/network/dns-message.ts", import.meta.url).href;
const RESOLVER = `
import { createSocket } from "node:dgram";
import { answerTo } from "${DNS_MESSAGE}";
const socket = createSocket("udp4");
socket.on("message", (query, from) => socket.send(answerTo(query), from.port, from.address));
socket.bind(53, process.argv[1]);
`;

/** Answers DNS at an address of a host, as the resolver of a VPN server does. */
export function startResolver(host: UnderlayHost, address: string): ChildProcess {
  const node = [process.execPath, "--input-type=module", "-e", RESOLVER, address];
  return spawn("ip", ["netns", "exec", host.netns, ...node], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, WIREGUARD_INTERFACE: host.interfaceName },
  });
}

export function setPeers(
  host: UnderlayHost,
  config: { privateKey: string; peers: readonly { publicKey: string; allowedIps: string }[] },
): void {
  const peers = config.peers.map(
    (peer) => `[Peer]\nPublicKey = ${peer.publicKey}\nAllowedIPs = ${peer.allowedIps}\n`,
  );
  const text = `[Interface]\nPrivateKey = ${config.privateKey}\nListenPort = 51820\n${peers.join("")}`;
  execFileSync("sh", ["-c", 'cat | wg setconf "$1" /dev/stdin', "sh", host.interfaceName], {
    input: text,
  });
}
