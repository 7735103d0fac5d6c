import { Counter, Gauge, type Registry as MetricsRegistry } from "prom-client";
import { METRICS } from "../contract/index.ts";
import { loadOf } from "./domain/server.ts";
import type { Registry } from "./store/registry.ts";

/** Gauges of every VPN server, read from the snapshot when they are asked for; none says who. */
export function observeServers(registry: Registry, metrics: MetricsRegistry): void {
  new Gauge({
    name: METRICS.activeConnections,
    help: "Connections of each VPN server",
    labelNames: ["server"],
    registers: [metrics],
    collect() {
      this.reset();
      for (const { id, peers } of registry.servers) this.set({ server: id }, peers);
    },
  });
  new Gauge({
    name: METRICS.serverLoadRatio,
    help: "Connections of each VPN server over its capacity",
    labelNames: ["server"],
    registers: [metrics],
    collect() {
      this.reset();
      for (const server of registry.servers) this.set({ server: server.id }, loadOf(server));
    },
  });
}

export const connectAttempts = (metrics: MetricsRegistry): Counter<"outcome"> =>
  new Counter({
    name: METRICS.connectAttempts,
    help: "Connection attempts by outcome",
    labelNames: ["outcome"],
    registers: [metrics],
  });
