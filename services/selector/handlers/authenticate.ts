import type { RequestHandler, Response } from "express";
import type { AccessClaims } from "../../contract/index.ts";
import { Conflict, Unauthorized } from "../../shared/errors.ts";
import { bearerToken } from "../../shared/jwt.ts";
import type { SelectorContext } from "../context.ts";

/** Callers by response; a WeakMap, since `response.locals` is untyped. */
const callers = new WeakMap<Response, AccessClaims>();

/** Verifies the access token locally: the connect path asks no other service. */
export function authenticate({ verifier }: SelectorContext): RequestHandler {
  return (request, response, next) => {
    callers.set(response, verifier.verify(bearerToken(request.get("authorization"))));
    next();
  };
}

/** Claims of the caller of a request behind `authenticate`. */
export function callerOf(response: Response): AccessClaims {
  const claims = callers.get(response);
  if (claims === undefined) throw new Unauthorized();
  return claims;
}

export interface CallerDevice {
  readonly deviceId: string;
  readonly publicKey: string;
  readonly addresses: readonly string[];
}

/** The device of the caller's session; throws when it has no key yet. */
export function deviceOf({ did, dpk, tun }: AccessClaims): CallerDevice {
  if (did === undefined || dpk === undefined || tun === undefined || tun.length === 0) {
    throw new Conflict(
      "no-device",
      "This session has no device with a key: POST /v1/devices, then refresh the tokens.",
    );
  }
  return { deviceId: did, publicKey: dpk, addresses: tun };
}
