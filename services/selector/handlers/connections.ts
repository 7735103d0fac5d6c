import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";
import { entitlementsOf, type AccessClaims, type RegionConfig } from "../../contract/index.ts";
import { Conflict, LimitExceeded, NotFound, Problem, Unauthorized } from "../../shared/errors.ts";
import { parse } from "../../shared/http.ts";
import type { SelectorContext } from "../context.ts";
import type { Picked, Picker } from "../domain/picker.ts";
import type { VpnServer } from "../domain/server.ts";
import type { Wish } from "../domain/verdicts.ts";
import { endpointOf } from "../domain/wg-quick.ts";
import { claimConnection, type ClaimResult } from "../store/claim.ts";
import { listConnections, releaseConnection } from "../store/connections.ts";
import { reportLatency } from "../store/servers.ts";
import { callerOf, deviceOf, type CallerDevice } from "./authenticate.ts";
import { connectBody, idPath, outcomeBody } from "./schemas.ts";

/**
 * A lease lasts so long without a handshake. WireGuard shakes hands every 2 minutes while packets
 * flow, and agents report within 10 s; a file or QR code has this long to be used the first time.
 */
export const LEASE_SECONDS = 300;
/** Picks tried when the picked server has just filled up or gone. */
const MAX_PICKS = 3;

type Claimed = Extract<ClaimResult, { result: "ok" }>;
type Refused = Exclude<ClaimResult, { result: "ok" | "full" | "gone" }>;

/** The problem that a refused claim is for the client. */
function refusal(refused: Refused, { tier }: AccessClaims): Problem {
  const { attemptsPerMinute, maxConnections } = entitlementsOf(tier);
  switch (refused.result) {
    case "revoked":
      return new Unauthorized("The session has ended; log in again.");
    case "limited": {
      const seconds = Math.max(1, Math.ceil(refused.retryAfterMs / 1000));
      return new LimitExceeded(
        "connect-limit",
        `A ${tier} account may connect ${attemptsPerMinute} times in 60 s; try again in ${seconds} s.`,
        seconds,
      );
    }
    case "too-many":
      return new Conflict(
        "connection-limit",
        `A ${tier} account has at most ${maxConnections} devices connected; disconnect one first.`,
      );
    case "key-in-use":
      return new Conflict(
        "key-in-use",
        "Another device is connected with this public key; make a new key pair.",
      );
  }
}

function noServer(picker: Picker, wish: Wish, why: string): Problem {
  const verdicts = picker.verdicts(wish);
  return new Problem(
    503,
    "no-server",
    "No server available",
    `No VPN server can take this connection now: ${why}.`,
    { retryAfterSeconds: 5, extensions: { verdicts } },
  );
}

/** Claims a connection on the next server whose turn it is; answers the server or throws the problem. */
async function claimServer(
  context: SelectorContext,
  claims: AccessClaims,
  device: CallerDevice,
  connectionId: string,
  wish: Wish,
): Promise<Picked & Claimed> {
  const { picker } = context.registry;
  const { attemptsPerMinute, maxConnections } = entitlementsOf(claims.tier);
  for (let tries = 0; tries < MAX_PICKS; tries++) {
    const picked = picker.pick(wish);
    if ("why" in picked) throw noServer(picker, wish, picked.why);
    const { id: serverId, capacityPeers } = picked.server;
    const claim = {
      userId: claims.sub,
      sessionId: claims.sid,
      ...device,
      connectionId,
      serverId,
      attemptsPerMinute,
      maxConnections,
      capacityPeers,
      leaseMs: LEASE_SECONDS * 1000,
    };
    const outcome = await claimConnection(context.redis, claim).catch((error: unknown) => {
      picker.giveBack(wish, serverId);
      throw error;
    });
    if (outcome.result === "ok") return { ...picked, ...outcome };
    if (outcome.result !== "full" && outcome.result !== "gone") {
      picker.giveBack(wish, serverId);
      context.attempts.inc({ outcome: outcome.result });
      throw refusal(outcome, claims);
    }
    picker.exclude(serverId);
  }
  throw noServer(picker, wish, "the servers that had room have just filled up");
}

/** What the client needs to bring its tunnel up; its private key is its own. */
export function connectionView(
  server: VpnServer,
  addresses: readonly string[],
  { vpn }: RegionConfig,
) {
  return {
    server: {
      id: server.id,
      region: server.region,
      zone: server.zone,
      endpoint: endpointOf(server.host, server.port),
      publicKey: server.publicKey,
    },
    client: { addresses, dns: [vpn.gatewayIpv4, vpn.gatewayIpv6], mtu: vpn.mtu },
  };
}

/** POST /v1/connections: pick from the snapshot, then one script in the cache, which also tells the server. */
export function connect(context: SelectorContext): RequestHandler {
  return async (request, response) => {
    const claims = callerOf(response);
    const device = deviceOf(claims);
    const wish: Wish = { tier: claims.tier, ...parse(connectBody, request.body) };
    const id = randomUUID();
    const { server, reason, expiresAtMs } = await claimServer(context, claims, device, id, wish);
    context.attempts.inc({ outcome: "ok" });
    response.status(201).json({
      id,
      ...connectionView(server, device.addresses, context.region),
      lease: { expiresAt: new Date(expiresAtMs).toISOString(), ttlSeconds: LEASE_SECONDS },
      reason,
    });
  };
}

/** GET /v1/connections: all devices of the account. */
export function list({ redis, registry }: SelectorContext): RequestHandler {
  return async (_request, response) => {
    const { sub, did } = callerOf(response);
    const connections = await listConnections(redis, sub);
    response.json({
      connections: connections.map(({ id, deviceId, serverId, createdAtMs, expiresAtMs }) => ({
        id,
        deviceId,
        current: deviceId === did,
        server: { id: serverId, zone: registry.find(serverId)?.zone ?? null },
        createdAt: new Date(createdAtMs).toISOString(),
        lease: { expiresAt: new Date(expiresAtMs).toISOString() },
      })),
    });
  };
}

/** DELETE /v1/connections/{id}: the server is told at once. */
export function disconnect({ redis }: SelectorContext): RequestHandler {
  return async (request, response) => {
    const { id } = parse(idPath, request.params, "path");
    if (!(await releaseConnection(redis, callerOf(response).sub, id)))
      throw new NotFound("This account has no such connection.");
    response.status(204).end();
  };
}

/** POST /v1/connections/{id}/outcome: what the client saw; counted, without who. */
export function outcome({ redis, attempts }: SelectorContext): RequestHandler {
  return async (request, response) => {
    const { id } = parse(idPath, request.params, "path");
    const body = parse(outcomeBody, request.body);
    const connection = (await listConnections(redis, callerOf(response).sub)).find(
      (item) => item.id === id,
    );
    if (connection === undefined) throw new NotFound("This account has no such connection.");
    attempts.inc({ outcome: `client-${body.outcome}` });
    if (body.latencyMs !== undefined)
      await reportLatency(redis, connection.serverId, body.latencyMs);
    response.status(204).end();
  };
}
