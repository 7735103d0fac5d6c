import type { Express } from "express";
import { Gauge, type Registry } from "prom-client";
import { METRICS } from "../contract/index.ts";
import { createInternal } from "../shared/http.ts";
import type { Logger } from "../shared/log.ts";
import type { Agent } from "./agent.ts";

/** The agent's only port: probes, and metrics that say how much but never who. */
export function createAgentApp(agent: Agent, metrics: Registry, log: Logger, leaving: () => boolean): Express {
  new Gauge({
    name: METRICS.transferBytes,
    help: "Bytes from (rx) and to (tx) clients since the agent started",
    labelNames: ["direction"],
    registers: [metrics],
    collect() {
      this.set({ direction: "rx" }, agent.activity.transfer.rxBytes);
      this.set({ direction: "tx" }, agent.activity.transfer.txBytes);
    },
  });
  new Gauge({
    name: "securevpn_agent_peers",
    help: "Peers that this server should carry",
    registers: [metrics],
    collect() {
      this.set(agent.peerCount);
    },
  });
  new Gauge({
    name: "securevpn_agent_refused_lists_total",
    help: "Lists of peers whose removals were refused",
    registers: [metrics],
    collect() {
      this.set(agent.refusedLists);
    },
  });
  return createInternal({ registry: metrics, log, notReady: () => [...(leaving() ? ["shutting down"] : []), ...agent.notReady()] });
}
