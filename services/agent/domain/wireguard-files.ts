import type { Peer } from "./peers.ts";

export interface DesiredConfig {
  readonly privateKey: string;
  readonly listenPort: number;
  readonly epoch: number;
  readonly peers: readonly Peer[];
}

/**
 * The file for `wg syncconf`. Its first line is another one for every version: by it the data plane
 * sees a change without starting a program.
 */
export function renderDesired(config: DesiredConfig, version: string): string {
  const lines = [
    `# version ${version} epoch ${config.epoch}`,
    "[Interface]",
    `PrivateKey = ${config.privateKey}`,
    `ListenPort = ${config.listenPort}`,
  ];
  for (const { publicKey, allowedIps } of config.peers) {
    lines.push("", "[Peer]", `PublicKey = ${publicKey}`, `AllowedIPs = ${allowedIps.join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Peers and epoch of a file that `renderDesired` made; undefined when it is anything else. */
export function parseDesired(text: string): Pick<DesiredConfig, "peers" | "epoch"> | undefined {
  const epoch = /^# version \S+ epoch (\d+)\n\[Interface\]\n/.exec(text)?.[1];
  if (epoch === undefined || !text.endsWith("\n")) return undefined;
  const peers: Peer[] = [];
  for (const section of text.split("\n[Peer]\n").slice(1)) {
    const found = /^PublicKey = (\S+)\nAllowedIPs = (.+)\n$/.exec(section);
    if (found?.[1] === undefined || found[2] === undefined) return undefined;
    peers.push({ publicKey: found[1], allowedIps: found[2].split(", ") });
  }
  return { epoch: Number(epoch), peers };
}

export interface PeerActivity {
  readonly publicKey: string;
  /** Unix seconds; 0: none since the peer was added or reset. */
  readonly handshakeAt: number;
  readonly rxBytes: number;
  readonly txBytes: number;
}

export interface Dump {
  /** The interface's own public key. */
  readonly publicKey: string;
  readonly peers: readonly PeerActivity[];
}

const PEER_COLUMNS = 8;
const INTERFACE_COLUMNS = 4;

/** Reads `wg show IF dump`; undefined when it is not one. */
export function parseDump(text: string): Dump | undefined {
  const [first, ...rest] = text
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  if (first?.length !== INTERFACE_COLUMNS) return undefined;
  const peers: PeerActivity[] = [];
  for (const columns of rest) {
    const [publicKey = "", , , , handshakeAt, rxBytes, txBytes] = columns;
    const activity = {
      publicKey,
      handshakeAt: Number(handshakeAt),
      rxBytes: Number(rxBytes),
      txBytes: Number(txBytes),
    };
    const numbers = [activity.handshakeAt, activity.rxBytes, activity.txBytes];
    if (
      columns.length !== PEER_COLUMNS ||
      !numbers.every((value) => Number.isSafeInteger(value) && value >= 0)
    )
      return undefined;
    peers.push(activity);
  }
  return { publicKey: first[1] ?? "", peers };
}

/** How near the node's kernel is to its bounds; absent is what the data plane could not read. */
export interface KernelState {
  readonly conntrackEntries?: number;
  readonly conntrackMax?: number;
  /** 1: the interface's polling has threads of its own, so that more than one core serves it. */
  readonly threaded?: number;
}

const KERNEL_LINES = {
  nf_conntrack_count: "conntrackEntries",
  nf_conntrack_max: "conntrackMax",
  threaded: "threaded",
} as const;

/** Reads the data plane's kernel.txt: a name and a whole number a line. */
export function parseKernel(text: string): KernelState {
  const known = new Map<string, keyof KernelState>(Object.entries(KERNEL_LINES));
  return Object.fromEntries(
    text.split("\n").flatMap((line) => {
      const [, name = "", value] = /^(\w+) (\d+)$/.exec(line) ?? [];
      const key = known.get(name);
      return key === undefined ? [] : [[key, Number(value)]];
    }),
  );
}
