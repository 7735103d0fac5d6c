import type { RequestHandler } from "express";
import { bearerToken } from "../../shared/jwt.ts";
import { NotFound } from "../../shared/errors.ts";
import { parse } from "../../shared/http.ts";
import type { SelectorContext } from "../context.ts";
import { BEAT_SECONDS } from "../domain/server.ts";
import { beatServer, desiredPeers, registerServer } from "../store/servers.ts";
import { LEASE_SECONDS } from "./connections.ts";
import { beatBody, registerBody } from "./schemas.ts";

/** A full comparison of peers finds what a lost push missed. */
const RECONCILE_SECONDS = 60;
/** Between two comments on a quiet stream, so that the agent sees a dead one. */
const COMMENT_MS = 15_000;
/** A stream ends after this, so that its token is checked again and replicas share the streams. */
const STREAM_MS = 10 * 60_000;
/** An agent that reads this slowly is cut off: its reconcile catches up. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** What the selector does not know (any more) must register again. */
const unknownServer = (): NotFound => new NotFound("This VPN server is not registered.");

/** POST /internal/v1/servers/register: the node comes from the token, the address from the Node. */
export function register({ gate, redis, region, registry, log }: SelectorContext): RequestHandler {
  return async (request, response) => {
    const { serverId, zone, host } = await gate.identify(bearerToken(request.get("authorization")));
    const { publicKey, udpPort } = parse(registerBody, request.body);
    const { capacityPeers } = region.vpn;
    await registerServer(redis, {
      id: serverId,
      region: region.region,
      zone,
      host,
      port: udpPort,
      publicKey,
      minTier: "FREE",
      capacityPeers,
    });
    if (registry.find(serverId) === undefined)
      log.info({ serverId, zone }, "VPN server registered");
    response.json({
      serverId,
      heartbeatSeconds: BEAT_SECONDS,
      reconcileSeconds: RECONCILE_SECONDS,
    });
  };
}

/** POST /internal/v1/servers/heartbeat. */
export function heartbeat({ gate, redis }: SelectorContext): RequestHandler {
  return async (request, response) => {
    const { serverId } = await gate.identify(bearerToken(request.get("authorization")));
    const { peers, handshakes, serving = true } = parse(beatBody, request.body);
    const beat = await beatServer(
      redis,
      serverId,
      { peers, handshakes, serving },
      LEASE_SECONDS * 1000,
    );
    if (beat === undefined) throw unknownServer();
    response.json({ draining: beat.draining });
  };
}

/** GET /internal/v1/servers/peers: the whole list. */
export function peers({ gate, redis }: SelectorContext): RequestHandler {
  return async (request, response) => {
    const { serverId } = await gate.identify(bearerToken(request.get("authorization")));
    const desired = await desiredPeers(redis, serverId);
    if (desired === undefined) throw unknownServer();
    response.json(desired);
  };
}

/**
 * GET /internal/v1/servers/peers/stream: server-sent events `add` and `remove`, and `resync` when
 * some may have been lost. The agent reads the whole list after the stream is open.
 */
export function stream({ gate, push, leaving }: SelectorContext): RequestHandler {
  return async (request, response) => {
    const { serverId } = await gate.identify(bearerToken(request.get("authorization")));
    response.status(200).set({ "content-type": "text/event-stream", "cache-control": "no-store" });
    response.flushHeaders();
    const write = (text: string): void => {
      if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
      else response.write(text);
    };
    const stop = push.listen(serverId, {
      onPeer: ({ event, epoch, publicKey, allowedIps }) => {
        const data = event === "add" ? { epoch, publicKey, allowedIps } : { epoch, publicKey };
        write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      },
      onGap: () => write("event: resync\ndata: {}\n\n"),
    });
    write(": open\n\n");
    const comment = setInterval(() => write(": still here\n\n"), COMMENT_MS);
    const end = (): void => void response.end();
    const limit = setTimeout(end, STREAM_MS);
    leaving.addEventListener("abort", end, { once: true });
    if (leaving.aborted) end();
    response.on("close", () => {
      stop();
      clearInterval(comment);
      clearTimeout(limit);
      leaving.removeEventListener("abort", end);
    });
  };
}
