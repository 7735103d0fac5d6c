import { Registry as MetricsRegistry, collectDefaultMetrics } from "prom-client";
import { ENV, REVOCATION_CHANNEL, SECRET_FILES } from "../contract/index.ts";
import { Env } from "../shared/env.ts";
import { listen } from "../shared/http.ts";
import { AccessTokenVerifier } from "../shared/jwt.ts";
import { createLogger } from "../shared/log.ts";
import { connectRedis } from "../shared/redis.ts";
import { readRegionConfig } from "../shared/region-config.ts";
import { readSecret } from "../shared/secrets.ts";
import { shutdownOnSignal } from "../shared/shutdown.ts";
import { createSelectorApi, createSelectorInternal } from "./app.ts";
import { connectAttempts, observeServers } from "./metrics.ts";
import { AgentGate } from "./store/agent-gate.ts";
import { releaseSession } from "./store/connections.ts";
import { KubernetesApi } from "./store/kubernetes.ts";
import { PushHub } from "./store/push.ts";
import { Registry } from "./store/registry.ts";
import { RemoteJwks } from "./store/remote-jwks.ts";

const env = new Env();
const log = createLogger(
  "selector",
  env.oneOf(ENV.logLevel, ["debug", "info", "warn", "error"], "info"),
);
const region = readRegionConfig(env.text(ENV.regionConfig));
const cachePassword = readSecret(env.text(ENV.secretsDir), SECRET_FILES.cachePassword);
const kubernetes = new KubernetesApi({
  host: env.text("KUBERNETES_SERVICE_HOST"),
  port: env.port("KUBERNETES_SERVICE_PORT"),
  serviceAccountDir: env.text(ENV.serviceAccountDir),
});

const metrics = new MetricsRegistry();
collectDefaultMetrics({ register: metrics });
const redis = connectRedis(region.cache, cachePassword, log);
// A connection that subscribes can do nothing else.
const subscriber = connectRedis(region.cache, cachePassword, log);
const keys = new RemoteJwks({ url: `${env.text(ENV.authUrl)}/.well-known/jwks.json`, log });
const registry = new Registry(redis, log);
observeServers(registry, metrics);
const leaving = new AbortController();
const context = {
  region,
  verifier: new AccessTokenVerifier({ issuers: [region.issuer], keys: () => keys.keys() }),
  redis,
  registry,
  gate: new AgentGate(kubernetes),
  push: new PushHub(subscriber, log),
  leaving: leaving.signal,
  attempts: connectAttempts(metrics),
  log,
};

/** An ended session loses its tunnels at once; should this be missed, its token and its leases still end. */
subscriber.on("message", (channel: string, message: string) => {
  if (channel !== REVOCATION_CHANNEL) return;
  const [userId = "", sessionId = ""] = message.split(" ");
  releaseSession(redis, userId, sessionId).catch((error: unknown) =>
    log.warn({ err: error }, "tunnels of an ended session not removed"),
  );
});
subscriber.on("ready", () => {
  subscriber
    .subscribe(REVOCATION_CHANNEL)
    .catch((error: unknown) => log.warn({ err: error }, "not subscribed to ended sessions"));
});

// Once ready, no dependency takes it back: a cache that is down must not take every pod out at once.
const notReady = (): string[] => [
  ...(leaving.signal.aborted ? ["shutting down"] : []),
  ...(keys.ready ? [] : ["no token keys yet"]),
  ...(registry.loaded ? [] : ["no snapshot of the registry yet"]),
];
keys.start();
registry.start();
const host = env.text(ENV.podIp);
const servers = [
  await listen(createSelectorApi(context, metrics), host, env.port(ENV.publicPort)),
  await listen(
    createSelectorInternal(context, metrics, notReady),
    host,
    env.port(ENV.internalPort),
  ),
];
log.info("selector listens");

shutdownOnSignal({
  log,
  servers,
  leave: () => leaving.abort(),
  close: async () => {
    await keys.close();
    registry.stop();
    redis.disconnect();
    subscriber.disconnect();
  },
});
