// Ports that a region wants and somebody else holds. The list is that of local/cloud/wanted-ports.ts,
// which an older Node cannot read; a test holds the two together.
import { readFileSync } from "node:fs";

const LISTEN = "0A";

/** Address (one that ends with a dot: all that begin so), port and what wants it, of one slot. */
export function regionPorts(slot) {
  const control = "127.0.0.1";
  const parts = `127.${50 + slot}.`;
  const pods = `127.${77 + slot}.`;
  return [
    { address: control, port: 8443 + slot, what: "balancer" },
    { address: control, port: 16443 + slot, what: "API server" },
    { address: control, port: 20257 + slot, what: "controller manager" },
    { address: control, port: 20357 + slot, what: "scheduler" },
    { address: `${parts}0.1`, port: 12379, what: "etcd" },
    { address: `${parts}0.1`, port: 12380, what: "etcd" },
    { address: `${parts}0.`, port: 15432, what: "databases" },
    { address: `${parts}0.`, port: 16379, what: "cache" },
    { address: pods, port: 10250, what: "nodes" },
    { address: pods, port: 8080, what: "services" },
    { address: pods, port: 9090, what: "services" },
  ];
}

const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // a machine without IPv6
  }
};

const ipv4Of = (hex) => [6, 4, 2, 0].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(".");

/** Listening sockets of one table of the kernel; `::` counts as every IPv4 address, as it mostly is. */
export function listenersOf(table) {
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => {
      const [address = "", port = ""] = (fields[1] ?? "").split(":");
      const any = /^0+$/.test(address);
      return {
        address: any ? "0.0.0.0" : address.length === 8 ? ipv4Of(address) : "",
        port: parseInt(port, 16),
      };
    });
}

/** Those of the wanted ports that are taken. */
export function takenPorts(slot, tables = [read("/proc/net/tcp"), read("/proc/net/tcp6")]) {
  const listeners = tables.flatMap(listenersOf);
  return regionPorts(slot).filter(({ address, port }) =>
    listeners.some(
      (listener) =>
        listener.port === port &&
        (listener.address === "0.0.0.0" ||
          (address.endsWith(".")
            ? listener.address.startsWith(address)
            : listener.address === address)),
    ),
  );
}
