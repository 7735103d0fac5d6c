import { Gauge, Registry, collectDefaultMetrics } from "prom-client";
import { AGENT, ENV, METRICS } from "../contract/index.ts";
import { Env } from "../shared/env.ts";
import { createInternal, listen } from "../shared/http.ts";
import { createLogger } from "../shared/log.ts";
import { shutdownOnSignal } from "../shared/shutdown.ts";
import { Agent } from "./agent.ts";
import { SelectorClient } from "./store/selector-client.ts";
import { WireguardDir } from "./store/wireguard-dir.ts";

/** Of the protocol between agent and selector. */
const VERSION = "1";

const env = new Env();
const log = createLogger("agent", env.oneOf(ENV.logLevel, ["debug", "info", "warn", "error"], "info"));
const udpPort = env.port("WIREGUARD_PORT", AGENT.udpPort);
const wireguard = new WireguardDir(env.text(ENV.wireguardDir), udpPort);
const selector = new SelectorClient(env.text(ENV.selectorUrl), env.text(ENV.agentTokenFile));
const agent = new Agent({ selector, wireguard, udpPort, version: VERSION, log });

const registry = new Registry();
collectDefaultMetrics({ register: registry });
new Gauge({
  name: METRICS.activeConnections,
  help: "Peers of this VPN server",
  registers: [registry],
  collect() {
    this.set(agent.peerCount);
  },
});

let leaving = false;
const internal = createInternal({ registry, log, notReady: () => (leaving ? ["shutting down"] : agent.notReady()) });
const server = await listen(internal, env.text(ENV.podIp), env.port(ENV.internalPort));
agent.start();
log.info("agent runs");

shutdownOnSignal({
  log,
  servers: [server],
  leave: () => {
    leaving = true;
  },
  close: () => {
    agent.stop();
    return Promise.resolve();
  },
});
