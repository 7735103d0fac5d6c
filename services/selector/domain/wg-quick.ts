/** All that a client's configuration says; the private key is the client's and never here. */
export interface TunnelSettings {
  readonly addresses: readonly string[];
  readonly dns: readonly string[];
  readonly mtu: number;
  readonly serverPublicKey: string;
  readonly serverHost: string;
  readonly serverPort: number;
}

/** Stands where the client puts its own private key, which never leaves it. */
export const PRIVATE_KEY_PLACEHOLDER = "<your private key>";
/** Below the 30 s after which common NATs forget a UDP flow. */
const KEEPALIVE_SECONDS = 25;
/** Longer names do not import: a Linux interface's name has 15 characters. */
const MAX_NAME_LENGTH = 15;

export const endpointOf = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** A file for wg-quick and the WireGuard apps. */
export function wgQuickFile(settings: TunnelSettings): string {
  return [
    "[Interface]",
    `PrivateKey = ${PRIVATE_KEY_PLACEHOLDER}`,
    `Address = ${settings.addresses.join(", ")}`,
    `DNS = ${settings.dns.join(", ")}`,
    `MTU = ${settings.mtu}`,
    "",
    "[Peer]",
    `PublicKey = ${settings.serverPublicKey}`,
    `Endpoint = ${endpointOf(settings.serverHost, settings.serverPort)}`,
    "AllowedIPs = 0.0.0.0/0, ::/0",
    `PersistentKeepalive = ${KEEPALIVE_SECONDS}`,
    "",
  ].join("\n");
}

/** File name whose stem is a valid interface name. */
export function configFileName(serverId: string): string {
  const stem = `svpn-${serverId.slice(serverId.lastIndexOf("-") + 1)}`.replace(
    /[^A-Za-z0-9_-]/g,
    "",
  );
  return `${stem.slice(0, MAX_NAME_LENGTH)}.conf`;
}
