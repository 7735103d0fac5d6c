import { createHash } from "node:crypto";
import type { RequestHandler } from "express";
import { z } from "zod";
import { TIERS } from "../../contract/index.ts";
import { parse } from "../../shared/http.ts";
import type { SelectorContext } from "../context.ts";
import type { Snapshot } from "../domain/picker.ts";
import { loadOf, type ServerState } from "../domain/server.ts";
import { allowsTier, isIn, verdictOf } from "../domain/verdicts.ts";
import { endpointOf } from "../domain/wg-quick.ts";
import { callerOf } from "./authenticate.ts";

const FIELDS = ["id", "region", "zone", "endpoint", "publicKey", "minTier", "status"] as const;
type Field = (typeof FIELDS)[number];
/** Seconds for which a client or the CDN may keep an answer. */
const LIST_MAX_AGE = 10;
const LOADS_MAX_AGE = 5;

const name = z.string().max(64);
const listQuery = z.strictObject({
  /** Region or zone. */
  location: name.optional(),
  /** Only servers that this tier may use. */
  tier: z.enum(TIERS).optional(),
  status: z.enum(["active", "draining", "starting", "silent"]).optional(),
  fields: z
    .string()
    .max(200)
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(FIELDS)).min(1))
    .optional(),
});
const recommendationsQuery = z.strictObject({
  location: name.optional(),
  limit: z.coerce.number().int().min(1).max(50).default(5),
});

const loadPercent = (server: ServerState): number => Math.round(100 * loadOf(server));

/** What everybody may know of a server. Loads are apart: the list changes seldom and stays cached. */
function view(server: ServerState): Record<Field, string> {
  const { reason } = verdictOf(server, { tier: "ULTIMATE" });
  const { id, region, zone, publicKey, minTier } = server;
  const status = reason === "ok" || reason === "full" ? "active" : reason;
  return {
    id,
    region,
    zone,
    endpoint: endpointOf(server.host, server.port),
    publicKey,
    minTier,
    status,
  };
}

interface Document {
  readonly text: string;
  readonly etag: string;
}

/** Answers made from a snapshot, each once: many clients poll the same few. */
class Documents {
  #snapshot: Snapshot | undefined;
  readonly #made = new Map<string, Document>();

  get(snapshot: Snapshot, key: string, make: () => unknown): Document {
    if (this.#snapshot !== snapshot) this.#made.clear();
    this.#snapshot = snapshot;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const text = JSON.stringify(make());
    const document = {
      text,
      etag: `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`,
    };
    if (this.#made.size < 100) this.#made.set(key, document);
    return document;
  }
}

/** Sends a document that is the same for everybody; 304 when the client has it. */
function sendCached({ text, etag }: Document, maxAgeSeconds: number): RequestHandler {
  return (request, response) => {
    response.set({ etag, "cache-control": `public, max-age=${maxAgeSeconds}` });
    const held = (request.get("if-none-match") ?? "")
      .split(",")
      .map((tag) => tag.trim().replace(/^W\//, ""));
    if (held.includes(etag) || held.includes("*")) response.status(304).end();
    else response.type("application/json").send(text);
  };
}

/** GET /v1/servers: needs no token and is the same for everybody, so that a CDN may hold it. */
export function servers({ registry }: SelectorContext): RequestHandler {
  const documents = new Documents();
  return (request, response, next) => {
    const { location, tier, status, fields = FIELDS } = parse(listQuery, request.query, "query");
    const key = JSON.stringify([location, tier, status, fields]);
    const document = documents.get(registry.picker.snapshot, key, () => {
      const matching = registry.servers.filter(
        (server) => isIn(server, location) && (tier === undefined || allowsTier(server, tier)),
      );
      const shown = matching
        .map(view)
        .filter((item) => status === undefined || item.status === status);
      return {
        servers: shown.map((item) =>
          Object.fromEntries(fields.map((field) => [field, item[field]])),
        ),
      };
    });
    sendCached(document, LIST_MAX_AGE)(request, response, next);
  };
}

/** GET /v1/servers/loads: percent of capacity by server id; small, for clients that poll. */
export function loads({ registry }: SelectorContext): RequestHandler {
  const documents = new Documents();
  return (request, response, next) => {
    const make = (): unknown => ({
      loads: Object.fromEntries(
        registry.servers
          .filter(({ silent }) => !silent)
          .map((server) => [server.id, loadPercent(server)]),
      ),
    });
    sendCached(documents.get(registry.picker.snapshot, "", make), LOADS_MAX_AGE)(
      request,
      response,
      next,
    );
  };
}

/** GET /v1/servers/recommendations: candidates for the caller, best first, and why each other server is none. */
export function recommendations({ registry }: SelectorContext): RequestHandler {
  return (request, response) => {
    const { location, limit } = parse(recommendationsQuery, request.query, "query");
    const wish = { tier: callerOf(response).tier, location };
    response.set("cache-control", "no-store").json({
      recommendations: registry.picker.recommend(wish, limit),
      verdicts: registry.picker.verdicts(wish),
    });
  };
}
