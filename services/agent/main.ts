import { Registry, collectDefaultMetrics } from "prom-client";
import { AGENT, ENV } from "../contract/index.ts";
import { Env } from "../shared/env.ts";
import { listen } from "../shared/http.ts";
import { createLogger } from "../shared/log.ts";
import { shutdownOnSignal } from "../shared/shutdown.ts";
import { Agent } from "./agent.ts";
import { createAgentApp } from "./app.ts";
import { SelectorClient } from "./store/selector-client.ts";
import { WireguardDirectory } from "./store/wireguard-directory.ts";

const VERSION = "1";

const env = new Env();
const log = createLogger(
  "agent",
  env.oneOf(ENV.logLevel, ["debug", "info", "warn", "error"], "info"),
);
const metrics = new Registry();
collectDefaultMetrics({ register: metrics });
const agent = await Agent.open({
  selector: new SelectorClient({
    url: env.text(ENV.selectorUrl),
    tokenFile: env.text(ENV.agentTokenFile),
  }),
  directory: new WireguardDirectory(env.text(ENV.wireguardDir)),
  version: VERSION,
  udpPort: env.port("WIREGUARD_PORT", AGENT.udpPort),
  log,
});

let leaving = false;
const server = await listen(
  createAgentApp(agent, metrics, log, () => leaving),
  env.text(ENV.podIp),
  env.port(ENV.internalPort),
);
agent.start();
log.info({ peers: agent.peerCount }, "agent listens");

shutdownOnSignal({
  log,
  servers: [server],
  leave: () => {
    leaving = true;
  },
  close: () => agent.stop(),
});
