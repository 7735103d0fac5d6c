import type { RequestHandler, Response } from "express";
import type { AccessClaims } from "../../contract/index.ts";
import { Unauthorized } from "../../shared/errors.ts";
import { bearerToken } from "../../shared/jwt.ts";
import type { AuthContext } from "../context.ts";
import { sessionIsLive } from "../store/sessions.ts";

/** Verifies the access token, and its session on the primary: auth is not on the connect path and can afford the truth. */
export function authenticate(context: AuthContext): RequestHandler {
  return async (request, response, next) => {
    const claims = context.verifier.verify(bearerToken(request.get("authorization")));
    if (!(await sessionIsLive(context.shards, BigInt(claims.sub), claims.sid)))
      throw new Unauthorized("The session has ended; log in again.");
    response.locals["claims"] = claims;
    next();
  };
}

export interface Caller {
  readonly userId: bigint;
  readonly sessionId: string;
  readonly claims: AccessClaims;
}

/** The authenticated caller of a request behind `authenticate`. */
export function callerOf(response: Response): Caller {
  const claims = response.locals["claims"] as AccessClaims | undefined;
  if (claims === undefined) throw new Unauthorized();
  return { userId: BigInt(claims.sub), sessionId: claims.sid, claims };
}
