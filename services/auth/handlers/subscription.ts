import type { RequestHandler } from "express";
import { entitlementsOf } from "../../contract/index.ts";
import type { AuthContext } from "../context.ts";
import { findSubscription } from "../store/subscriptions.ts";
import { callerOf } from "./authenticate.ts";

/** GET /v1/account/subscription: for display, so a replica may answer. */
export function subscription({ shards }: AuthContext): RequestHandler {
  return async (_request, response) => {
    const { userId, claims } = callerOf(response);
    const row = await findSubscription(shards, userId);
    const tier = row?.tier ?? claims.tier;
    response.json({
      tier,
      entitlements: entitlementsOf(tier),
      renewsAt: row?.renews_at?.toISOString() ?? null,
    });
  };
}
