import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface PortHolder {
  /** Undefined when the process belongs to another user and cannot be seen. */
  readonly pid: number | undefined;
  readonly command: string;
}

export interface WantedPort {
  /** IPv4 address to listen on; one that ends with a dot stands for every address that begins so. */
  readonly address: string;
  readonly port: number;
  /** What wants it, for the message, e.g. `balancer`. */
  readonly what: string;
  /** The port is the same in every slot, so that another slot does not escape a wildcard. */
  readonly fixed?: boolean;
}

interface Listener {
  /** `0.0.0.0` also for a listener on `::`, which takes IPv4 too unless it is told not to. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const LISTEN = "0A";
const RETRY_MS = 100;

/** IPv4 of a hex word of /proc/net/tcp, which is in the byte order of the machine (little-endian). */
function ipv4Of(hex: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".");
}

/** IPv4 that an address of /proc/net/tcp6 blocks: mapped or wildcard; undefined: none. */
function mappedIpv4Of(hex: string): string | undefined {
  if (/^0+$/.test(hex)) return "0.0.0.0";
  return hex.startsWith("0000000000000000FFFF0000") ? ipv4Of(hex.slice(24)) : undefined;
}

/** Listening sockets of one of the kernel's tables. */
export function parseListeners(table: string, family: 4 | 6): Listener[] {
  const found: Listener[] = [];
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [hexAddress, hexPort] = (fields[1] ?? "").split(":");
    if (fields[3] !== LISTEN || hexAddress === undefined || hexPort === undefined) continue;
    const address = family === 4 ? ipv4Of(hexAddress) : mappedIpv4Of(hexAddress);
    if (address === undefined) continue;
    found.push({ address, port: Number.parseInt(hexPort, 16), inode: fields[9] ?? "" });
  }
  return found;
}

function readTable(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // a machine without IPv6
  }
}

function processOf(inode: string): PortHolder {
  const link = `socket:[${inode}]`;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some(
        (fd) => readlinkOrNothing(`/proc/${pid}/fd/${fd}`) === link,
      );
      if (holds) return { pid: Number(pid), command: commandOf(pid) };
    } catch {
      // It has ended, or belongs to another user.
    }
  }
  return { pid: undefined, command: "a process of another user" };
}

function readlinkOrNothing(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function commandOf(pid: string): string {
  const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

function blocks(listener: Listener, address: string, port: number): boolean {
  if (listener.port !== port) return false;
  if (listener.address === "0.0.0.0" || address === "0.0.0.0") return true;
  return address.endsWith(".")
    ? listener.address.startsWith(address)
    : listener.address === address;
}

/**
 * Who listens on a TCP port so that `address` cannot be bound: on the address itself, or on a
 * wildcard (0.0.0.0 or ::). Undefined when nobody does.
 */
export function holderOf(address: string, port: number): PortHolder | undefined {
  const blocking = listeners().find((listener) => blocks(listener, address, port));
  return blocking === undefined ? undefined : processOf(blocking.inode);
}

const listeners = (): Listener[] => [
  ...parseListeners(readTable("/proc/net/tcp"), 4),
  ...parseListeners(readTable("/proc/net/tcp6"), 6),
];

/** Whether binding fails; the tables do not tell whether a listener on `::` leaves IPv4 alone. */
function isBlocked(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(true));
    server.listen({ host: address, port, exclusive: true }, () =>
      server.close(() => resolve(false)),
    );
  });
}

/** The address at which a wanted port is blocked by a listener. */
function blockedAddress({ address }: WantedPort, listener: Listener): string {
  if (!address.endsWith(".")) return address;
  if (listener.address !== "0.0.0.0") return listener.address;
  return `${address}1.1.1`.split(".").slice(0, 4).join(".");
}

interface Problem {
  /** `process 123 (command)`. */
  readonly holder: string;
  /** `port 8443 on 127.0.0.1 (balancer)`. */
  readonly port: string;
  readonly slotHelps: boolean;
}

async function problemsOf(wanted: readonly WantedPort[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const one of wanted) {
    const { port, what } = one;
    const listener = listeners().find((l) => blocks(l, one.address, port));
    if (listener === undefined) continue;
    const address = blockedAddress(one, listener);
    if (!(await isBlocked(address, port))) continue;
    const { pid, command } = processOf(listener.inode);
    const wildcard = listener.address === "0.0.0.0";
    const who = pid === undefined ? command : `process ${pid} (${command})`;
    problems.push({
      holder: wildcard ? `${who}, which listens on all addresses,` : who,
      port: `port ${port} on ${address} (${what})`,
      slotHelps: one.fixed !== true || !wildcard,
    });
  }
  return problems;
}

/** One line a holder, then what to do. */
function messageOf(problems: readonly Problem[]): string {
  const held = new Map<string, string[]>();
  for (const { holder, port } of problems) held.set(holder, [...(held.get(holder) ?? []), port]);
  const lines = [...held].map(([holder, ports]) => `${holder} holds ${ports.join(", ")}`);
  const advice = problems.every(({ slotHelps }) => slotHelps)
    ? "Stop it, or set SECUREVPN_SLOT to another number from 0 to 9, which moves all addresses."
    : "Stop it, or let it listen on 127.0.0.1 alone; then start again.";
  return `ports that a region needs are in use:\n  ${lines.join("\n  ")}\n${advice}`;
}

/**
 * Checks the ports before anything starts; one error names every port in use and its holder.
 * `patienceMs`: how long holders get to end, as those of a start that was just killed do.
 */
export async function assertPortsFree(
  wanted: readonly WantedPort[],
  patienceMs = 0,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let problems = await problemsOf(wanted);
  while (problems.length > 0 && Date.now() < deadline) {
    await delay(RETRY_MS);
    problems = await problemsOf(wanted);
  }
  if (problems.length > 0) throw new Error(messageOf(problems));
}
