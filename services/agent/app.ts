import type { Express } from "express";
import { Counter, Gauge, type Registry } from "prom-client";
import { METRICS } from "../contract/index.ts";
import { createInternal } from "../shared/http.ts";
import type { Logger } from "../shared/log.ts";
import type { Agent } from "./agent.ts";
import type { KernelState } from "./domain/wireguard-files.ts";

/** A WireGuard session ends when its last handshake is this old (REJECT_AFTER_TIME). */
const SESSION_SECONDS = 180;

/** Figures of the node's kernel; without a value while the data plane tells none. */
const KERNEL_GAUGES: readonly (readonly [keyof KernelState, string, string])[] = [
  ["conntrackEntries", METRICS.conntrackEntries, "Flows that the node's kernel tracks"],
  ["conntrackMax", METRICS.conntrackMax, "Flows that the node's kernel can track"],
  ["threaded", METRICS.wireguardThreaded, "1: more than one core serves the interface"],
];

function addKernelGauges(agent: Agent, metrics: Registry): void {
  for (const [key, name, help] of KERNEL_GAUGES)
    new Gauge({
      name,
      help,
      registers: [metrics],
      async collect() {
        const value = (await agent.kernel())[key];
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
}

/** The agent's only port: probes, and metrics that say how much but never who. */
export function createAgentApp(
  agent: Agent,
  metrics: Registry,
  log: Logger,
  leaving: () => boolean,
): Express {
  new Gauge({
    name: METRICS.activeConnections,
    help: "Peers with a live session",
    registers: [metrics],
    collect() {
      this.set(agent.activity.countActive(SESSION_SECONDS, Math.floor(Date.now() / 1000)));
    },
  });
  new Counter({
    name: METRICS.transferBytes,
    help: "Bytes from (rx) and to (tx) clients since the agent started",
    labelNames: ["direction"],
    registers: [metrics],
    collect() {
      this.reset();
      this.inc({ direction: "rx" }, agent.activity.transfer.rxBytes);
      this.inc({ direction: "tx" }, agent.activity.transfer.txBytes);
    },
  });
  new Gauge({
    name: METRICS.agentPeers,
    help: "Peers that this server should carry",
    registers: [metrics],
    collect() {
      this.set(agent.peerCount);
    },
  });
  new Counter({
    name: "securevpn_agent_refused_lists_total",
    help: "Lists of peers whose removals were refused",
    registers: [metrics],
    collect() {
      this.reset();
      this.inc(agent.refusedLists);
    },
  });
  addKernelGauges(agent, metrics);
  return createInternal({
    registry: metrics,
    log,
    notReady: () => [...(leaving() ? ["shutting down"] : []), ...agent.notReady()],
  });
}
