import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTEN = "0A";
const IPV4_WILDCARD = "00000000";
const IPV6_WILDCARD = "0".repeat(32);

export interface PortHolder {
  /** Address that is bound, a wildcard perhaps: that one takes the port on every 127.x address. */
  readonly address: string;
  /** Absent when the process belongs to somebody else and cannot be looked at. */
  readonly pid: number | undefined;
  readonly command: string | undefined;
}

/** Who listens on a TCP port such that `host` cannot; undefined: nobody. */
export function portHolder(host: string, port: number): PortHolder | undefined {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const wanted = new Set([toHex(host), IPV4_WILDCARD, IPV6_WILDCARD]);
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readLines(table)) {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const [address = "", localPort] = local.split(":");
      if (state !== LISTEN || localPort !== hexPort || !wanted.has(address)) continue;
      const wildcard = address === IPV4_WILDCARD ? "0.0.0.0" : "[::]";
      return { address: address === toHex(host) ? host : wildcard, ...processOf(inode) };
    }
  }
  return undefined;
}

/** One sentence for a person whose start found a port taken. */
export function describeHolder(host: string, port: number, holder: PortHolder): string {
  const who = holder.pid === undefined ? "a process of another user" : `process ${holder.pid} (${holder.command ?? "?"})`;
  const how = holder.pid === undefined ? "Stop it" : `Stop it with "kill ${holder.pid}"`;
  return `${host}:${port} is taken: ${who} listens on ${holder.address}:${port}. ${how}, or choose another slot with SECUREVPN_SLOT=1 to 9.`;
}

/** Throws a sentence that names the holder when the port is taken. */
export function assertPortFree(host: string, port: number): void {
  const holder = portHolder(host, port);
  if (holder !== undefined) throw new Error(describeHolder(host, port, holder));
}

/** The kernel prints IPv4 addresses as one little-endian word. */
function toHex(host: string): string {
  return host
    .split(".")
    .reverse()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"))
    .join("");
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").slice(1);
  } catch {
    return []; // a kernel without IPv6 has no tcp6
  }
}

function processOf(inode: string): { pid: number | undefined; command: string | undefined } {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const holds = readdirSync(`/proc/${entry}/fd`).some((fd) => linkOf(`/proc/${entry}/fd/${fd}`) === `socket:[${inode}]`);
      if (!holds) continue;
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0").join(" ").trim();
      return { pid: Number(entry), command };
    } catch {
      // It ended meanwhile, or is not ours to look at.
    }
  }
  return { pid: undefined, command: undefined };
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // the descriptor was closed meanwhile
  }
}
