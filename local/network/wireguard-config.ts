import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";

/** DER of an X25519 private key (RFC 8410) up to its 32 bytes. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
/** WireGuard makes a new handshake after this while packets flow (REKEY_AFTER_TIME). */
const REKEY_SECONDS = 120;

export interface WireguardPeer {
  readonly publicKey: string;
  readonly presharedKey?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly allowedIps: readonly string[];
  readonly keepalive?: string | undefined;
}

export interface WireguardConfig {
  readonly privateKey?: string | undefined;
  readonly listenPort?: string | undefined;
  readonly addresses: readonly string[];
  readonly dns: readonly string[];
  readonly mtu?: number | undefined;
  readonly peers: readonly WireguardPeer[];
}

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

const last32 = (der: Buffer): string => der.subarray(der.length - 32).toString("base64");

/** A new Curve25519 key pair as `wg genkey` and `wg pubkey` make it, base64. */
export function generateKeys(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("x25519", {
    privateKeyEncoding: { type: "pkcs8", format: "der" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  return { privateKey: last32(privateKey), publicKey: last32(publicKey) };
}

/** What `wg pubkey` answers. */
export function publicKeyOf(privateKey: string): string {
  const raw = Buffer.from(privateKey, "base64");
  if (raw.length !== 32) throw new Error("a WireGuard private key is 32 bytes of base64");
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, raw]),
    format: "der",
    type: "pkcs8",
  });
  return last32(createPublicKey(key).export({ type: "spki", format: "der" }));
}

interface Section {
  readonly name: string;
  readonly values: Map<string, string[]>;
}

function sections(text: string): Section[] {
  const found: Section[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.replace(/#.*/, "").trim();
    if (line === "") continue;
    const header = /^\[(\w+)\]$/.exec(line);
    if (header?.[1] !== undefined) {
      found.push({ name: header[1].toLowerCase(), values: new Map() });
      continue;
    }
    const at = line.indexOf("=");
    const section = found.at(-1);
    if (at < 0 || section === undefined)
      throw new Error("a WireGuard configuration has a line that is no setting");
    const key = line.slice(0, at).trim().toLowerCase();
    section.values.set(key, [...(section.values.get(key) ?? []), line.slice(at + 1).trim()]);
  }
  return found;
}

const one = (section: Section | undefined, key: string): string | undefined =>
  section?.values.get(key)?.at(-1);
const list = (section: Section | undefined, key: string): string[] =>
  (section?.values.get(key) ?? [])
    .flatMap((value) => value.split(",").map((item) => item.trim()))
    .filter((item) => item !== "");

/** Parses the format of `wg syncconf` and of wg-quick. Repeated keys add up, as in wg-quick. */
export function parseWireguardConfig(text: string): WireguardConfig {
  const all = sections(text);
  const own = all.find((section) => section.name === "interface");
  const mtu = one(own, "mtu");
  return {
    privateKey: one(own, "privatekey"),
    listenPort: one(own, "listenport"),
    addresses: list(own, "address"),
    dns: list(own, "dns"),
    mtu: mtu === undefined ? undefined : Number(mtu),
    peers: all.filter((section) => section.name === "peer").map(peerOf),
  };
}

function peerOf(section: Section): WireguardPeer {
  const publicKey = one(section, "publickey");
  if (publicKey === undefined)
    throw new Error("a [Peer] of a WireGuard configuration has no PublicKey");
  return {
    publicKey,
    presharedKey: one(section, "presharedkey"),
    endpoint: one(section, "endpoint"),
    allowedIps: list(section, "allowedips"),
    keepalive: one(section, "persistentkeepalive"),
  };
}

/**
 * `wg show IF dump` of an interface on which every peer has been alive since it was first wanted:
 * its last handshake is never older than a rekey, and its counters grow. Times in Unix seconds.
 */
export function renderDump(
  config: WireguardConfig,
  firstSeen: ReadonlyMap<string, number>,
  now: number,
): string {
  const key = config.privateKey;
  const lines = [
    [
      key ?? "(none)",
      key === undefined ? "(none)" : publicKeyOf(key),
      config.listenPort ?? "0",
      "off",
    ],
    ...config.peers.map((peer) => {
      const since = firstSeen.get(peer.publicKey) ?? now;
      const age = Math.max(0, now - since);
      return [
        peer.publicKey,
        peer.presharedKey ?? "(none)",
        peer.endpoint ?? "127.0.0.1:51820",
        peer.allowedIps.join(",") || "(none)",
        String(now - (age % REKEY_SECONDS)),
        String(180 + age * 100),
        String(92 + age * 100),
        peer.keepalive ?? "off",
      ];
    }),
  ];
  return `${lines.map((fields) => fields.join("\t")).join("\n")}\n`;
}
