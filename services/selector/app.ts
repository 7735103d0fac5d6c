import express, { type Express } from "express";
import type { Registry as MetricsRegistry } from "prom-client";
import { createApi, createInternal } from "../shared/http.ts";
import type { SelectorContext } from "./context.ts";
import { heartbeat, peers, register, stream } from "./handlers/agents.ts";
import { authenticate } from "./handlers/authenticate.ts";
import { config } from "./handlers/config.ts";
import { connect, disconnect, list, outcome } from "./handlers/connections.ts";
import { loads, recommendations, servers } from "./handlers/servers.ts";

/** `MAX_HANDSHAKES` of about 100 bytes each, and the rest. */
const BEAT_LIMIT_BYTES = 3 * 1024 * 1024;

/** The API of the selector: each route is a list of named steps. */
export function createSelectorApi(context: SelectorContext, registry: MetricsRegistry): Express {
  const authenticated = authenticate(context);
  return createApi(
    { log: context.log, registry, trustedHops: context.region.trustedHops },
    (app) => {
      app.get("/v1/servers", servers(context));
      app.get("/v1/servers/loads", loads(context));
      app.get("/v1/servers/recommendations", authenticated, recommendations(context));
      app.post("/v1/connections", authenticated, connect(context));
      app.get("/v1/connections", authenticated, list(context));
      app.get("/v1/connections/:id/config", authenticated, config(context));
      app.delete("/v1/connections/:id", authenticated, disconnect(context));
      app.post("/v1/connections/:id/outcome", authenticated, outcome(context));
    },
  );
}

/**
 * The agents' API beside probes and metrics, on the internal port. A server is known by its token
 * alone; an id in the path is only there for people who read logs, and is not looked at.
 */
export function createSelectorInternal(
  context: SelectorContext,
  registry: MetricsRegistry,
  notReady: () => readonly string[],
): Express {
  return createInternal({ registry, log: context.log, notReady }, (app) => {
    app.use(express.json({ limit: BEAT_LIMIT_BYTES, strict: true, type: "application/json" }));
    app.post("/internal/v1/servers/register", register(context));
    app.post(
      ["/internal/v1/servers/heartbeat", "/internal/v1/servers/:id/heartbeat"],
      heartbeat(context),
    );
    app.get(["/internal/v1/servers/peers", "/internal/v1/servers/:id/peers"], peers(context));
    app.get(
      ["/internal/v1/servers/peers/stream", "/internal/v1/servers/:id/peers/stream"],
      stream(context),
    );
  });
}
