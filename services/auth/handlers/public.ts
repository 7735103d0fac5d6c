import { createHash } from "node:crypto";
import type { RequestHandler } from "express";
import { ENTITLEMENTS, TIERS } from "../../contract/index.ts";
import type { AuthContext } from "../context.ts";

/** An answer that is the same for everybody: made once, cached by clients and the CDN. */
function fixedAnswer(document: unknown, maxAgeSeconds: number): RequestHandler {
  const text = JSON.stringify(document);
  const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
  return (request, response) => {
    response.setHeader("etag", etag);
    response.setHeader("cache-control", `public, max-age=${maxAgeSeconds}`);
    if (request.get("if-none-match") === etag) response.status(304).end();
    else response.type("application/json").send(text);
  };
}

/** GET /v1/plans. */
export function plans(): RequestHandler {
  const list = TIERS.map((tier) => ({ tier, currency: "USD", ...ENTITLEMENTS[tier] }));
  return fixedAnswer({ plans: list }, 3600);
}

/** GET /.well-known/jwks.json. */
export function jwks({ jwks: keys }: AuthContext): RequestHandler {
  return fixedAnswer({ keys }, 300);
}
