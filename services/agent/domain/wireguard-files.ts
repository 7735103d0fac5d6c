import type { Peer } from "./peers.ts";

/** A file for `wg syncconf`: the interface's key and port, and every peer. */
export function desiredConf(privateKey: string, udpPort: number, peers: readonly Peer[]): string {
  const sections = peers.map(({ publicKey, allowedIps }) => `[Peer]\nPublicKey = ${publicKey}\nAllowedIPs = ${allowedIps.join(", ")}\n`);
  return [`[Interface]\nPrivateKey = ${privateKey}\nListenPort = ${udpPort}\n`, ...sections].join("\n");
}

/** What the data plane says of its peers. */
export interface DataPlaneReport {
  readonly handshakes: readonly { readonly publicKey: string; readonly atSeconds: number }[];
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** Reads `wg show <interface> dump`: the interface's line, then one of eight fields a peer. Undefined: it is none. */
export function parseDump(text: string): DataPlaneReport | undefined {
  const [first, ...lines] = text.split("\n").filter((line) => line !== "");
  if (first?.split("\t").length !== 4) return undefined;
  const peers = lines.map((line) => line.split("\t")).filter((fields) => fields.length === 8);
  return {
    handshakes: peers.map((fields) => ({ publicKey: fields[0] ?? "", atSeconds: Number(fields[4]) })).filter(({ atSeconds }) => atSeconds > 0),
    rxBytes: peers.reduce((sum, fields) => sum + Number(fields[5]), 0),
    txBytes: peers.reduce((sum, fields) => sum + Number(fields[6]), 0),
  };
}
